import { existsSync } from "node:fs";
import { join } from "node:path";
import { readIfThere } from "../host/files.ts";
import { run } from "../host/process.ts";
import { everySettled } from "../host/settle.ts";
import { digestFile } from "./digests.ts";
import { TEMPLATE } from "./source.ts";
import { freshOrMade } from "./stamp.ts";
import type { Commit, Workshop } from "./workshop.ts";

/** What the image is made of and by, below the root. */
const INPUTS = ["src", "arch", "build", TEMPLATE] as const;

/**
 * Reads the commit of a clone. Git is asked once for each commit and content of the sources.
 * A package inside somebody else's clone is of no commit.
 *
 * @throws PauseError `storage`, `interrupted`
 */
export async function readCommit(
  { directory, source, builder, inputs, template, signal }: Pick<
    Workshop,
    "directory" | "source" | "builder" | "inputs" | "template" | "signal"
  >,
): Promise<Commit> {
  const { root } = source;
  if (!existsSync(join(root, ".git"))) return { revision: "", epoch: 0 };
  const head = await readHead(join(root, ".git"));
  const { digest: used } = await template();
  const own = join(root, TEMPLATE);
  const committed = source.template === own ? used : await digestFile(own);
  const { result } = await freshOrMade({
    name: "commit",
    directory,
    ingredients: () =>
      Promise.resolve([
        head,
        // It is of the commit too.
        builder(),
        inputs(),
        committed ?? null,
      ]),
    // Git may have been missing, or unable to answer.
    intact: ({ revision }) => Promise.resolve(head !== undefined && revision !== ""),
    make: () => askGit(root, signal),
  });
  const isDirty = used !== committed && result.revision !== "" && !result.revision.endsWith(DIRTY);
  return isDirty ? { ...result, revision: result.revision + DIRTY } : result;
}

async function askGit(root: string, signal: AbortSignal): Promise<Commit> {
  const git = [...GIT, `--git-dir=${join(root, ".git")}`, `--work-tree=${root}`] as const;
  const options = { cwd: root, signal };
  const [commit, changes] = await everySettled([
    run([...git, "log", "-1", "--no-show-signature", "--format=%H %ct"], options),
    run([...git, "diff", "--quiet", "HEAD", "--", ...INPUTS], options),
  ]);
  if (commit?.exitCode !== 0) return { revision: "", epoch: 0 };
  const [hash = "", seconds] = commit.stdout.trim().split(" ");
  // What git cannot compare is not known to be the same.
  return { revision: hash + (changes?.exitCode === 0 ? "" : DIRTY), epoch: Number(seconds) };
}

const DIRTY = "-dirty";

/**
 * The same commit is read whoever owns the clone, so that root and others make the same image. The
 * folders are named in each command, because GIT_DIR in the environment may mean another repository.
 */
const GIT = ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false"] as const;

/**
 * The hash that HEAD stands for, where it is in plain files; undefined for worktrees and for other
 * formats of references, of which git has to be asked.
 *
 * @see https://git-scm.com/docs/gitrepository-layout
 */
async function readHead(folder: string): Promise<string | undefined> {
  const head = await readText(join(folder, "HEAD"));
  const name = /^ref: (.+)$/m.exec(head)?.[1];
  if (name === undefined) return hashIn(head);
  const packed = (await readText(join(folder, "packed-refs"))).split("\n");
  return hashIn(await readText(join(folder, name))) ??
    hashIn(packed.find((line) => line.endsWith(` ${name}`)) ?? "");
}

function hashIn(text: string): string | undefined {
  return /^[0-9a-f]{40,64}(?=\s|$)/.exec(text)?.[0];
}

async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readIfThere(path));
}
