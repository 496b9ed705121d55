import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Command, run } from "../../build/host/process.ts";
import { lacks, skip } from "../support/skip.ts";

/** Fails with everything that the command said. */
async function isContent(...command: Command): Promise<void> {
  const { exitCode, stdout, stderr } = await run(command, { env: { NO_COLOR: "1" } });
  assert.is(exitCode, 0, `${command.slice(1).join(" ")}:\n${stdout}${stderr}`);
}

/** The files of the repository that a POSIX shell runs. */
async function shellScripts(): Promise<readonly string[]> {
  const { stdout } = await run(["git", "grep", "-lIE", "^#!/bin/(ba)?sh$"]);
  return stdout.trim().split("\n").filter((path) => /^#!/.test(readFileSync(path, "utf8")));
}

test("every file is formatted", () => isContent(process.execPath, "fmt", "--check", "--quiet"));

test("the linter has nothing to say", () => isContent(process.execPath, "lint", "--quiet"));

test("every type is right", () => isContent(process.execPath, "check", "--quiet", "."));

test("the shell scripts are clean", async () => {
  const missing = lacks("shellcheck");
  if (missing) return skip(missing);
  const scripts = await shellScripts();
  assert.ok(scripts.includes("make"));
  await isContent("shellcheck", ...scripts);
});

test.run();
