import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CODE, sources } from "./sources.ts";

interface Lines {
  readonly file: number;
  readonly function: number;
  /** What may be longer, each with the reason: `path`, or `path: function`. */
  readonly longer: Readonly<Record<string, string>>;
}

const { lines } = JSON.parse(readFileSync("test/house/budgets.json", "utf8")) as { lines: Lines };

const FILES = sources(CODE, ".ts", ".c", ".h");

const lineCount = (text: string): number => text.trimEnd().split("\n").length;

const long = [
  ...FILES.filter(({ text }) => lineCount(text) > lines.file).map(({ path }) => path),
  ...FILES.flatMap(({ path, text }) =>
    functionsOf(text).filter(({ body }) => lineCount(body) > lines.function)
      .map(({ name }) => `${path}: ${name}`)
  ),
];

test("no file is longer than one reads at once, no function than a screen, unless there is a reason", () => {
  assert.equal(long.filter((name) => !(name in lines.longer)), []);
});

test("a reason for what has become short, or is gone, goes too", () => {
  assert.equal(Object.keys(lines.longer).filter((name) => !long.includes(name)), []);
});

/** The functions at the top level, which end at the first line that is a lone brace. */
function functionsOf(text: string): { name: string; body: string }[] {
  const pattern = /^(?:export )?(?:async )?function\*? (\w+)[^]*?^}/gm;
  return [...text.matchAll(pattern)].map(([body, name = ""]) => ({ name, body }));
}

test.run();
