import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ACTION_FOLDER, actionBundle } from "../../.github/release/action-bundle.ts";
import type { Files } from "../../.github/release/files.ts";
import { BUDGETS, isWithin } from "../support/budget.ts";
import { cloneInto } from "../support/clone.ts";
import { withFolder } from "../support/folder.ts";

const MADE = await actionBundle(process.cwd());

const textOf = (files: Files, path: string): string => new TextDecoder().decode(files.get(path));

test("dist/action is what the sources make", () => {
  const stale = 'dist/action is not what the sources make: run "deno task action" and commit it.';
  const names = existsSync(ACTION_FOLDER) ? readdirSync(ACTION_FOLDER).sort() : [];
  assert.equal(names, [...MADE.keys()].sort(), stale);
  for (const name of names) {
    const isSame = readFileSync(join(ACTION_FOLDER, name), "utf8") === textOf(MADE, name);
    assert.ok(isSame, stale);
  }
});

test("the same bytes are made in any folder, wherever the packages are", () =>
  withFolder(async (folder) => {
    cloneInto(folder);
    const there = await actionBundle(folder);
    for (const name of MADE.keys()) assert.ok(textOf(there, name) === textOf(MADE, name), name);
  }));

test("the bundle can be read, names nothing of the machine, and is within its budget", () => {
  const text = textOf(MADE, "index.cjs");
  assert.not.ok(text.includes(process.cwd()));
  assert.not.match(text, /sourceMappingURL=data/);
  const lines = text.split("\n");
  assert.ok(text.length / lines.length < 60, "it is minified");
  isWithin(MADE.get("index.cjs")?.length ?? 0, BUDGETS.action.bytes);
});

test("every package of which something is in the bundle has its licence beside it", () => {
  const packages = new Set(
    [...textOf(MADE, "index.cjs").matchAll(/^ *\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)]
      .map(([, name = ""]) => name),
  );
  const licenses = textOf(MADE, "licenses.txt").split(/^-{80}$/m);
  assert.equal(licenses.map((text) => text.trim().split(" ")[0]), [...packages].sort());
  for (const text of licenses) {
    assert.match(text, /Copyright|APPENDIX|Permission to use/);
    assert.ok(text.trim().split("\n").length > 8, text);
  }
});

test("what the action does without stays out of its bundle", () => {
  const parts = (name: string): boolean => textOf(MADE, "index.cjs").includes(`// ${name}`);
  assert.ok(parts("node_modules/@actions/core/lib/core.js"));
  for (const name of ["node_modules/undici", "build/mod.ts", "build/cli.ts"]) {
    assert.not.ok(parts(name), name);
  }
});

test.run();
