import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { run } from "../../build/host/process.ts";
import type { Shell } from "../../build/terminal/completion/offers.ts";
import { withFolder } from "../support/folder.ts";

/** What a shell made of a line when Tab was pressed at its end. */
export interface Completed {
  /** What it offered: whole words, or what of them it would replace. */
  readonly offered: readonly string[];
  /** The line afterwards. Fish is not asked for it, and says only what it would offer. */
  readonly line?: string;
}

/** What is set up in a shell: files by their paths below the home, and how it is started there. */
interface Setup {
  readonly files: (script: string, home: string) => Readonly<Record<string, string>>;
  readonly start: (home: string) => string;
}

/** Each line of the record has one of these words first. */
const record = (word: string, value: string): string => `print -r -- "${word} ${value}"`;

const SETUPS: Readonly<Record<"bash" | "zsh", Setup>> = {
  bash: {
    files: (script, home) => ({
      "pause-image": script,
      rc: `PS1= HISTFILE=
        source ${home}/pause-image
        spy() {
          _pause_image "$@"
          printf 'offered %s\\n' "\${COMPREPLY[@]}" >>${home}/record
        }
        complete -F spy pause-image
        bind 'set completion-query-items 0'
        bind 'set page-completions off'
        bind -x '"\\C-t": printf "line %s\\n" "$READLINE_LINE" >>${home}/record'
      `,
    }),
    start: (home) => `bash --noprofile --rcfile ${home}/rc -i`,
  },
  zsh: {
    files: (script, home) => ({
      "functions/_pause-image": script,
      ".zshrc": `PS1= LISTMAX=10000
        unset HISTFILE
        fpath=(${home}/functions $fpath)
        autoload -Uz compinit
        compinit -u -d ${home}/dump
        compadd() {
          # The completion system asks with these what would match.
          if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
            builtin compadd "$@"
            return
          fi
          local -a found
          builtin compadd -O found "$@"
          local one
          for one in $found; do ${record("offered", "$IPREFIX$one")} >>${home}/record; done
          builtin compadd "$@"
        }
        tell() { ${record("line", "$BUFFER")} >>${home}/record; zle -R }
        zle -N tell
        bindkey -e
        bindkey '^T' tell
      `,
    }),
    start: (home) => `env ZDOTDIR=${home} zsh -d -i`,
  },
};

/** Milliseconds in which a shell has to do all lines. */
const TIME = 60_000;

/**
 * Types `lines` into a shell that has the completion script, and presses Tab behind each.
 *
 * @param here the folder that the shell is in
 * @param more what bash or zsh is set up with, besides
 */
export async function completions(
  shell: Shell,
  script: string,
  lines: readonly string[],
  here: string,
  more: string = "",
): Promise<Completed[]> {
  return await withFolder(async (home) => {
    if (shell === "fish") return await askFish(script, lines, here, home);
    const { files, start } = SETUPS[shell];
    for (const [path, text] of Object.entries(files(script, home))) {
      await put(join(home, path), /rc$/.test(path) ? text + more : text);
    }
    // Tab; tell the line; to its end, and away with it.
    await put(join(home, "keys"), lines.map((line) => `${line}\t\x14\x05\x15`).join("") + "exit\r");
    // Keys that come before the terminal is raw would be edited by the terminal itself.
    const inside = `stty raw -echo; touch ${home}/ready; exec ${start(home)}`;
    const { stderr, exceeded } = await run([
      "sh",
      "-c",
      `
      { until [ -e ${home}/ready ]; do sleep 0.05; done; cat ${home}/keys; } |
        script --quiet --return --command '${inside}' ${home}/screen >/dev/null
    `,
    ], { cwd: here, env: { TERM: "vt100" }, bounds: { time: TIME, output: 1_000_000 } });
    if (exceeded) {
      throw new Error(`${shell} did not end: ${await readFile(`${home}/screen`, "utf8")}`);
    }
    return readRecord(await readFile(`${home}/record`, "utf8"), lines.length, stderr);
  });
}

/** The entries end with the line. */
function readRecord(text: string, count: number, stderr: string): Completed[] {
  const entries = text.split(/^line (.*)\n/m);
  if (entries.length !== 2 * count + 1) throw new Error(`lines are missing:\n${text}\n${stderr}`);
  return Array.from({ length: count }, (_, at) => ({
    offered: [...(entries[2 * at] ?? "").matchAll(/^offered (.+)$/gm)].map(([, word = ""]) => word),
    line: entries[2 * at + 1] ?? "",
  }));
}

/** Fish has a command that tells what it would offer. */
async function askFish(
  script: string,
  lines: readonly string[],
  here: string,
  home: string,
): Promise<Completed[]> {
  await put(join(home, "fish/completions/pause-image.fish"), script);
  // It loads completions only for programs that there are.
  await put(join(home, "pause-image"), "");
  await chmod(join(home, "pause-image"), 0o755);
  await put(join(home, "lines"), lines.map((line) => `${line}\n`).join(""));
  const ask = `while read -l line; complete -C "$line"; echo done; end < ${home}/lines`;
  const PATH = `${process.env.PATH}:${home}`;
  const env = { PATH, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
  const bounds = { time: TIME, output: 1_000_000 };
  const { stdout, stderr } = await run(["fish", "-c", ask], { cwd: here, env, bounds });
  if (stderr !== "") throw new Error(stderr);
  return stdout.split(/^done\n/m).slice(0, -1).map((entry) => ({
    offered: entry.split("\n").filter((line) => line !== "")
      .map((line) => line.replace(/\t.*/, "")),
  }));
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
