import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EXIT_CODES } from "../../build/error.ts";
import { GOALS } from "../../build/make/goals.ts";
import { VARIABLES } from "../../build/make/variables.ts";
import { FLAGS } from "../../build/terminal/flags.ts";
import { COMMANDS } from "../../build/terminal/commands.ts";
import { help } from "../../build/terminal/help.ts";

test("help() lists every target, command, variable, option and exit code once, with what it is", () => {
  const words = [
    ...GOALS.map(({ name }) => name),
    ...COMMANDS.map(({ name }) => name),
    ...VARIABLES.map(({ name }) => name),
    ...Object.values(EXIT_CODES).map(String),
  ];
  for (const word of words) {
    const lines = help().split("\n").filter((line) => line.startsWith(`  ${word} `));
    assert.is(lines.length, 1, word);
    assert.match(lines[0] as string, /^ {2}\S+ {2,}\S/);
  }
  for (const name of Object.keys(FLAGS)) assert.match(help(), `--${name}`);
});

test("help() fits a terminal of 100 columns", () => {
  for (const line of help().split("\n")) assert.ok(line.length <= 100, line);
});

test("README names every target", () => {
  const readme = readFileSync("README.md", "utf8");
  for (const { name } of GOALS) assert.match(readme, `\`${name}\``);
});

test.run();
