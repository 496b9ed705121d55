import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EXIT_CODES } from "../../build/error.ts";
import { commandHelp } from "../../build/terminal/command-help.ts";
import { COMMANDS } from "../../build/terminal/commands.ts";
import type { Manual } from "../../build/terminal/manual/manual.ts";
import { OUT_OF_DATE } from "../../build/terminal/manual/sync.ts";
import { parseWords } from "../../build/terminal/options.ts";
import { FORMATS } from "../../build/terminal/verify-formats.ts";
import { importsOf } from "../runner/source-code.ts";

/** The commands that have words of their own, and what they say of themselves. */
const manuals: readonly (readonly [string, Manual])[] = await Promise.all(
  COMMANDS.flatMap(({ name, manual }) =>
    manual ? [manual().then((manual) => [name, manual] as const)] : []
  ),
);

/** The words of an example, up to what is the shell's. */
function exampleWords(example: string): string[] {
  const [words = ""] = example.split(/ [>|] /);
  return [...words.matchAll(/'([^']*)'|[^\s']+/g)].map(([word, quoted]) => quoted ?? word);
}

/** The modules that are loaded with `path`, whatever is done then. */
function loadedWith(path: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const text = readFileSync(path, "utf8").replaceAll(/\bimport\(\s*"[^"]*"\s*\)/g, "");
  for (const { specifier, isType } of importsOf(text)) {
    if (!isType && specifier.endsWith(".ts")) {
      loadedWith(posix.join(posix.dirname(path), specifier), seen);
    }
  }
  return seen;
}

test("every command of the program says of itself what there is to say", () => {
  const ofTheClone = ["test", "bench"];
  const names = COMMANDS.map(({ name }) => name).filter((name) => !ofTheClone.includes(name));
  assert.equal(manuals.map(([name]) => name), names);
  for (const [name, manual] of manuals) assert.is(manual.name, name);
});

for (const [name, manual] of manuals) {
  const help = commandHelp(manual);

  test(`${name} --help has every option that is taken, once, and no other`, () => {
    const described = [...help.matchAll(/^ {2}(?:-(\w), )?--([a-z-]+)( \S+)?(?= {2}|$)/gm)]
      .map(([, short, option, value]) => [option, short, value?.trim()]);
    const taken = Object.entries(manual.options)
      .map(([option, { short, value }]) => [option, short, value]);
    assert.equal(described.sort(), taken.sort());
  });

  test(`${name} --help fits 100 columns, says how it is called, and names a page that there is`, () => {
    const lines = help.split("\n");
    for (const line of lines) assert.ok(line.length <= 100, line);
    assert.is(lines[0], `Usage: pause-image ${name} ${manual.usage}`);
    const [page = ""] = /^\S+\.md/.exec(lines.at(-1) ?? "") ?? [];
    assert.ok(existsSync(page), lines.at(-1));
  });

  test(`${name} takes the words of its examples, and ends with the exit codes that it names`, () => {
    assert.ok(manual.examples.length > 0);
    for (const example of manual.examples) parseWords(manual, exampleWords(example));
    const known = [0, OUT_OF_DATE, ...Object.values(EXIT_CODES)].map(String);
    const named = manual.exits.flatMap(([codes]) => codes.split(", "));
    assert.equal(named.filter((code) => !known.includes(code)), []);
  });
}

test("verify --format offers the formats that there are", () => {
  const [, verify] = manuals.find(([name]) => name === "verify") ?? [];
  assert.equal(verify?.options.format?.choices, Object.keys(FORMATS));
});

test("whoever builds does not load what other commands say of themselves", () => {
  const loaded = [...loadedWith("build/cli.ts")];
  assert.ok(loaded.includes("build/terminal/commands.ts"));
  assert.equal(loaded.filter((path) => /terminal\/(manual|completion)\//.test(path)), []);
});

test.run();
