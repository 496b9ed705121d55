import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../build/compile/find-program.ts";
import { withFolder } from "../support/folder.ts";

/** How the launcher ended. */
export interface Launched {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly pid: number;
}

/** A clone of the repository on a machine of which every program is known. */
export interface Place {
  /** The clone. */
  readonly root: string;
  /** Puts a shell script on PATH. */
  program(name: string, script: string): void;
  /** Takes a program away. */
  without(name: string): void;
  /** Runs the launcher. @param command how it is called, by default by its own path */
  launch(
    words: readonly string[],
    env?: Readonly<Record<string, string>>,
    command?: readonly [string, ...string[]],
  ): Promise<Launched>;
  /** What the fakes of npm and of the package managers were called with since the last look. */
  called(): string[];
}

/** What the launcher takes for granted, beside what the shell has built in. */
const BASICS = ["sh", "cksum", "sed", "id", "ln", "readlink", "rm", "sleep", "mkdir", "chmod"];

/** Says where it runs and with what, instead of running it. */
const DENO = '#!/bin/sh\necho "$$ in $(pwd):" "$@"\n';

/** npm ci: brings the fake of Deno. */
const NPM = `echo "npm $*" >>"$CALLS"
rm -rf node_modules
mkdir -p node_modules/@deno/this-system
printf '%s' "$DENO" >node_modules/@deno/this-system/deno
chmod +x node_modules/@deno/this-system/deno
cksum <package-lock.json >node_modules/.package-lock.json`;

/** A Node that is a shell script where only its version is asked. */
const node = (version: string): string =>
  `case $1 in --version) echo ${version} ;; *) exec "${findProgram("node")}" "$@" ;; esac`;

/** A package manager that brings what Debian's packages of LLVM 19 bring. */
const APT = `echo "apt-get $*" >>"$CALLS"
case $1 in install)
  for name in clang-19 ld.lld-19; do printf '#!/bin/sh\n' >"$BIN/$name"; chmod +x "$BIN/$name"; done
esac`;

/** A fresh clone on a fresh Debian machine with Node and npm, for as long as `use` takes. */
export async function onFreshMachine(use: (place: Place) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const place = makePlace(realpathSync(folder));
    place.program("node", node("v20.11.1"));
    place.program("npm", NPM);
    place.program("apt-get", APT);
    await use(place);
  });
}

function makePlace(folder: string): Place {
  const [root, bin, calls] = [join(folder, "clone"), join(folder, "bin"), join(folder, "calls")];
  mkdirSync(root);
  mkdirSync(bin);
  for (const name of ["make", "package-lock.json"]) copyFileSync(name, join(root, name));
  for (const name of BASICS) symlinkSync(findProgram(name) ?? name, join(bin, name));
  const env = { PATH: bin, HOME: folder, CALLS: calls, BIN: bin, DENO };
  return {
    root,
    program: (name, script) => {
      const path = join(bin, name);
      rmSync(path, { force: true });
      writeFileSync(path, `#!/bin/sh\n${script}\n`);
      chmodSync(path, 0o755);
    },
    without: (name) => rmSync(join(bin, name)),
    launch: (words, more = {}, [program, ...first] = [join(root, "make")]) =>
      run(program, [...first, ...words], { ...env, ...more }),
    called: () => {
      const lines = existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : [];
      rmSync(calls, { force: true });
      return lines;
    },
  };
}

async function run(
  program: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Launched> {
  const child = spawn(program, words, { env, cwd: "/", stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => texts.stdout += chunk);
  child.stderr.on("data", (chunk) => texts.stderr += chunk);
  const [exitCode] = await once(child, "close");
  return { exitCode, ...texts, pid: child.pid as number };
}
