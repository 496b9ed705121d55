import { test } from "uvu";
import * as assert from "uvu/assert";
import { failsWith } from "../support/fails.ts";
import { readArguments } from "../../build/terminal/arguments.ts";

async function refusal(...argv: string[]): Promise<string> {
  return (await failsWith(["usage"], () => readArguments(argv))).message;
}

test("readArguments() takes goals, variables and options in any order", () => {
  const words = readArguments(["-j", "3", "clean", "ARCH=arm64 s390x", "--json", "all"]);
  assert.equal(words.goals, ["clean", "all"]);
  assert.equal(words.assignments, { ARCH: "arm64 s390x" });
  assert.is(words.jobs, 3);
  assert.is(words.json, true);
});

test("readArguments() takes every variable as an option too", () => {
  const { assignments } = readArguments(["--arch", "arm64", "--source-date-epoch=5"]);
  assert.equal(assignments, { ARCH: "arm64", SOURCE_DATE_EPOCH: "5" });
});

test("readArguments() keeps what stands behind the first equals sign", () => {
  assert.equal(readArguments(["CFLAGS=-DX=1"]).assignments, { CFLAGS: "-DX=1" });
});

test("readArguments() reads -j4 and -nq as make does", () => {
  const words = readArguments(["-j4", "-nq"]);
  assert.is(words.jobs, 4);
  assert.is(words.dryRun && words.quiet, true);
});

test("readArguments() names the nearest target, variable and option", async () => {
  assert.match(await refusal("al-push"), 'Did you mean "all-push"?');
  assert.match(await refusal("REGISTY=x"), 'Did you mean "REGISTRY"?');
  assert.match(await refusal("--jsn"), 'Did you mean "--json"?');
  assert.match(await refusal("hepl"), 'Did you mean "help"?');
});

test("readArguments() names the nearest command, whatever options follow it", async () => {
  const words = ["mirrorr", "a/b", "c/d", "--newest", "1"];
  assert.match(await refusal(...words), /"mirrorr".*no such command\. Did you mean "mirror"\?/);
});

test("readArguments() refuses an option without its value, and a value without its option", async () => {
  assert.match(await refusal("--arch"), "--arch: it needs a value");
  assert.match(await refusal("-C", "--json"), '"--json" begins as an option does. Write -C--json');
  assert.match(await refusal("--json=yes"), "--json: it takes no value");
  for (const jobs of ["0", "-1", "many", "1.5"]) {
    assert.match(await refusal(`-j${jobs}`), "whole number");
  }
});

test("readArguments() takes help as a word and as an option", () => {
  for (const word of ["help", "-h", "--help"]) assert.is(readArguments([word]).help, true);
});

test.run();
