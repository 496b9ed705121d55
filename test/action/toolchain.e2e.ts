import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findProgram } from "../../build/compile/find-program.ts";
import { lacks, skip } from "../support/skip.ts";
import { type Machine, withMachine } from "./step.ts";

/** A runner without a compiler: the programs that are there, and what they were called with. */
interface Bare extends Machine {
  readonly PATH: string;
  program(name: string, script: string): void;
  called(): string;
}

/** What the tools of the step take for granted. */
const BASICS = ["node", "sh", "id", "ln", "git", "cat"];

/** Debian's packages of LLVM, as they arrive. */
const INSTALL = `echo "$0 $*" | sed 's#.*/##' >>"$CALLS"
case $1 in install) for name in clang-19 ld.lld-19; do ln -sf /usr/bin/$name "$BIN/$name"; done; esac`;

async function withoutCompiler(use: (bare: Bare) => Promise<void>): Promise<void> {
  const missing = lacks("node", "clang-19", "ld.lld-19");
  if (missing !== undefined) return skip(missing);
  await withMachine(async (machine) => {
    const bin = join(machine.checkout, "..", "bin");
    const calls = join(bin, "..", "calls");
    mkdirSync(bin);
    for (const name of [...BASICS, "sed"]) {
      const path = findProgram(name);
      if (path !== undefined) symlinkSync(path, join(bin, name));
    }
    await use({
      ...machine,
      PATH: bin,
      step: (inputs, { env, ...rest } = {}) =>
        machine.step(inputs, { ...rest, env: { PATH: bin, BIN: bin, CALLS: calls, ...env } }),
      program: (name, script) => {
        writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
        chmodSync(join(bin, name), 0o755);
      },
      called: () => existsSync(calls) ? readFileSync(calls, "utf8") : "",
    });
  });
}

const ONE = { architectures: "amd64" };

test("clang and lld are installed where they are missing, in a group of their own, and then it builds", () =>
  withoutCompiler(async ({ program, step, called }) => {
    program("apt-get", INSTALL);
    program("sudo", '"$@"');
    const ended = await step(ONE);
    assert.is(ended.exitCode, 0, ended.log);
    assert.equal(ended.groups, ["Build", "Install clang and lld", "Build"]);
    assert.is(
      called(),
      "apt-get update\napt-get install -y --no-install-recommends clang-19 lld-19\n",
    );
    assert.match(ended.outputs.digest ?? "", /^sha256:/);
    // The second run finds them.
    const again = await step(ONE);
    assert.equal(again.groups, ["Build"]);
  }));

test("bad inputs are refused before anything is installed", () =>
  withoutCompiler(async ({ program, step, called }) => {
    program("apt-get", INSTALL);
    assert.is((await step({ architectures: "amd65" })).exitCode, 1);
    assert.is(called(), "");
  }));

test("an installation that fails is told with its command and another way", () =>
  withoutCompiler(async ({ workspace, program, step }) => {
    program("apt-get", 'echo "E: Unable to locate package" >&2; exit 100');
    program("sudo", '"$@"');
    const ended = await step(ONE);
    assert.equal([ended.exitCode, ended.outputs], [1, {}]);
    assert.match(
      ended.annotations[0]?.message ?? "",
      /Cannot install clang and lld: ".*apt-get update && .*" ended with exit code 100\..*another toolchain/,
    );
    assert.match(ended.stderr, "E: Unable to locate package");
    assert.not.ok(existsSync(join(workspace, "out")));
  }));

test("PAUSE_NO_INSTALL=1 leaves it at the command", () =>
  withoutCompiler(async ({ program, step, called }) => {
    program("apt-get", INSTALL);
    const ended = await step(ONE, { env: { PAUSE_NO_INSTALL: "1" } });
    assert.is(ended.exitCode, 1);
    assert.match(
      ended.annotations[0]?.message ?? "",
      /there is no clang and there is no ld\.lld\. Install it with ".*apt-get install.*clang-19/,
    );
    assert.is(called(), "");
  }));

test("where no package manager is known, what is needed is named", () =>
  withoutCompiler(async ({ step }) => {
    const { exitCode, annotations } = await step(ONE);
    assert.is(exitCode, 1);
    assert.match(annotations[0]?.message ?? "", "Install clang and lld 19 or newer.");
  }));

test("of another toolchain nothing is installed: its command is named", () =>
  withoutCompiler(async ({ program, step, called }) => {
    program("apt-get", INSTALL);
    const { exitCode, annotations } = await step({ ...ONE, toolchain: "gcc" });
    assert.is(exitCode, 1);
    assert.match(annotations[0]?.message ?? "", /gcc/);
    assert.is(called(), "");
  }));

test.run();
