import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { GOALS } from "../../build/make/goals.ts";
import { VARIABLES } from "../../build/make/variables.ts";
import { COMMANDS } from "../../build/terminal/commands.ts";
import { type Shell, SHELLS } from "../../build/terminal/completion/offers.ts";
import { MIRROR } from "../../build/terminal/manual/mirror.ts";
import { withClients } from "../support/clients.ts";
import { withFolder } from "../support/folder.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { lacks, skip } from "../support/skip.ts";
import { type Completed, completions } from "./shells.ts";

/** What is typed behind `pause-image`, and what Tab makes of it where one word can be meant. */
const COMPLETED: Readonly<Record<string, string>> = {
  "mir": "mirror",
  "all-p": "all-push",
  "all OUTP": "all OUTPUT=",
  "all --dry": "all --dry-run",
  "OUTPUT=reg": "OUTPUT=registry",
  "OUTPUT=oci-a": "OUTPUT=oci-archive:",
  "OUTPUT=oci:lay": "OUTPUT=oci:layout/",
  "all OUTPUT=oci-archive:air": "all OUTPUT=oci-archive:airgap.tar",
  "--output oci-archive:air": "--output oci-archive:airgap.tar",
  "--output=oci:lay": "--output=oci:layout/",
  "ARCH=s": "ARCH=s390x",
  "ARCH=amd64,s": "ARCH=amd64,s390x",
  "--arch s": "--arch s390x",
  "OS=linux,w": "OS=linux,windows",
  "OSVERSION=ltsc2025,1": "OSVERSION=ltsc2025,1809",
  "TOOLCHAIN=z": "TOOLCHAIN=zig",
  "--toolchain=z": "--toolchain=zig",
  "CERT_DIR=lay": "CERT_DIR=layout/",
  "-C lay": "-C layout/",
  "all --directory lay": "all --directory layout/",
  "mirror --platform linux/s": "mirror --platform linux/s390x",
  "mirror --platform=linux/amd64,linux/ri": "mirror --platform=linux/amd64,linux/riscv64",
  "mirror --no-r": "mirror --no-referrers",
  "mirror oci-a": "mirror oci-archive:",
  "mirror a.example/b:1 oci:lay": "mirror a.example/b:1 oci:layout/",
  "save --format d": "save --format docker",
  "save --platform linux/amd64 a.example/b air":
    "save --platform linux/amd64 a.example/b airgap.tar",
  "load air": "load airgap.tar",
  "sync sync": "sync sync.yaml",
  "verify lay": "verify layout/",
  "completion f": "completion fish",
  "test air": "test airgap.tar",
  "pod do": "pod down",
  "pod up sync": "pod up sync.yaml",
  "pod --engine podman e": "pod --engine podman enter",
  "pod enter he": "pod enter hello",
  "pod down --engine docker sync": "pod down --engine docker sync.yaml",
};

const names = (list: readonly { readonly name: string }[]): string[] =>
  list.map(({ name }) => name);

/** What is typed, what is offered then, and what is not. */
const OFFERED:
  readonly (readonly [typed: string, yes: readonly string[], no: readonly string[]])[] = [
    ["", [...names(COMMANDS), ...names(GOALS), ...names(VARIABLES), "help"], ["airgap.tar"]],
    ["all ", [...names(GOALS), ...names(VARIABLES)], [...names(COMMANDS), "airgap.tar"]],
    ["--", ["--jobs", "--output", "--cert-dir"], ["--platform"]],
    ["mirror --", Object.keys(MIRROR.options).map((name) => `--${name}`), ["--static", "--jobs"]],
    ["verify --format ", ["table", "json", "tap"], ["oci", "airgap.tar"]],
    ["mirror --cert-dir ", ["layout"], ["airgap.tar", "oci:"]],
    ["mirror --newest ", [], ["airgap.tar", "oci:", "1"]],
    ["FORMAT=", ["oci", "docker"], ["airgap.tar"]],
    ["TAG=", [], ["airgap.tar", "3.10.2"]],
    ["OUTPUT=", ["registry", "oci:", "oci-archive:", "docker-archive:"], []],
    ["completion ", SHELLS, ["airgap.tar"]],
    ["pod ", ["up", "ps", "enter", "down"], ["airgap.tar", "hello"]],
    ["pod enter ", ["hello", "web-2"], ["airgap.tar", "app", "up"]],
    ["pod down ", ["hello", "web-2", "airgap.tar"], ["app", "up"]],
    ["pod ps ", [], ["hello", "airgap.tar", "up"]],
  ];

/** What `pod ps` prints. */
const PODS = `printf '%s\\n' 'hello  running  10.88.0.2' '  app  running  a:1' 'web-2  exited'`;

/** Gives `use` a folder with something to name, and a program that knows of pods. */
async function withFiles(use: (here: string) => Promise<void>): Promise<void> {
  await withClients({ "pause-image": PODS }, () => withSomeFiles(use));
}

async function withSomeFiles(use: (here: string) => Promise<void>): Promise<void> {
  await withFolder(async (here) => {
    await mkdir(join(here, "layout"));
    for (const name of ["airgap.tar", "sync.yaml", "with space.tar"]) {
      await writeFile(join(here, name), "");
    }
    await use(here);
  });
}

async function scriptFor(shell: Shell): Promise<string> {
  const program = onDeno(process.cwd());
  const { exitCode, stdout, stderr } = await runProgram(process.cwd(), ["completion", shell], {
    program,
  });
  assert.is(exitCode, 0, stderr);
  return stdout;
}

const typed = (words: string): string => `pause-image ${words}`;

/** The line that a shell makes: fish puts its only offer in the place of the last word. */
function lineOf(line: string, { offered, line: after }: Completed): string {
  if (after !== undefined) return after.replace(/[ ,]$/, "");
  assert.is(offered.length, 1, `${line}: ${offered.join(" ")}`);
  return line.replace(/\S*$/, () => offered[0] ?? "");
}

for (const shell of SHELLS) {
  test(`${shell} completes words, values, lists and paths, behind "=" and ":" too`, async () => {
    const missing = lacks(shell, "script");
    if (missing !== undefined) return skip(missing);
    await withFiles(async (here) => {
      const lines = Object.keys(COMPLETED).map(typed);
      const completed = await completions(shell, await scriptFor(shell), lines, here);
      assert.equal(
        completed.map((one, at) => lineOf(lines[at] ?? "", one)),
        Object.values(COMPLETED).map(typed),
      );
    });
  });

  test(`${shell} offers what may stand there, and nothing else`, async () => {
    const missing = lacks(shell, "script");
    if (missing !== undefined) return skip(missing);
    await withFiles(async (here) => {
      const lines = OFFERED.map(([words]) => typed(words));
      const completed = await completions(shell, await scriptFor(shell), lines, here);
      for (const [at, [words, yes, no]] of OFFERED.entries()) {
        // Some shells offer NAME=value where others offer what is behind the "=".
        const offered = completed[at]?.offered.flatMap((word) => [
          word.replace(/[=/]$/, ""),
          word.replace(/^[^=]*=(?=.)/, ""),
        ]) ?? [];
        assert.equal(yes.filter((word) => !offered.includes(word)), [], `${shell}: "${words}"`);
        assert.equal(no.filter((word) => offered.includes(word)), [], `${shell}: "${words}"`);
      }
    });
  });
}

test("bash completes in quotes, inside of a word, and paths with spaces", async () => {
  const missing = lacks("bash", "script");
  if (missing !== undefined) return skip(missing);
  const [left, lines] = ["\x02", {
    'ARCH="amd64,s': 'ARCH="amd64,s390x"',
    "load wi": "load with\\ space.tar",
    "load 'wi": "load 'with space.tar'",
  }];
  await withFiles(async (here) => {
    const keys = [...Object.keys(lines), `mirxx${left}${left}`].map(typed);
    const completed = await completions("bash", await scriptFor("bash"), keys, here);
    assert.equal(
      completed.slice(0, -1).map((one) => lineOf("", one)),
      Object.values(lines).map(typed),
    );
    assert.equal(completed.at(-1)?.offered, ["mirror"]);
  });
});

test('bash completes the same where "=" and ":" do not split words', async () => {
  const missing = lacks("bash", "script");
  if (missing !== undefined) return skip(missing);
  await withFiles(async (here) => {
    const words = Object.keys(COMPLETED).filter((words) => !/lay$/.test(words));
    const whole = "COMP_WORDBREAKS=${COMP_WORDBREAKS//[:=]}\n";
    const script = await scriptFor("bash");
    const completed = await completions("bash", script, words.map(typed), here, whole);
    assert.equal(
      completed.map((one) => lineOf("", one)),
      words.map((one) => typed(COMPLETED[one] ?? "")),
    );
  });
});

test("shellcheck has nothing to say against the script for bash", async () => {
  const missing = lacks("shellcheck");
  if (missing !== undefined) return skip(missing);
  const input = await scriptFor("bash");
  const { exitCode, stdout } = await run(["shellcheck", "--shell=bash", "-"], { input });
  assert.is(exitCode, 0, stdout);
});

test("zsh takes the script by source, too", async () => {
  const missing = lacks("zsh", "script");
  if (missing !== undefined) return skip(missing);
  await withFiles(async (here) => {
    const source = "unfunction _pause-image; compdef -d pause-image; source $ZDOTDIR/functions/*\n";
    const words = ["mir", "OUTPUT=oci:lay", "mirror --platform=linux/amd64,linux/ri"];
    const script = await scriptFor("zsh");
    const completed = await completions("zsh", script, words.map(typed), here, source);
    assert.equal(
      completed.map((one) => lineOf("", one)),
      words.map((one) => typed(COMPLETED[one] ?? "")),
    );
  });
});

test.run();
