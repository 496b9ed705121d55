import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withTables } from "../../.github/release/runtimes-page.ts";
import { EXIT_CODES } from "../../build/error.ts";
import { RUNTIMES } from "../../build/runtimes/table.ts";
import { VARIABLES } from "../../build/make/variables.ts";
import { DEFAULT_IMAGE } from "../../build/runtimes/table.ts";

const PAGE = readFileSync("docs/runtimes.md", "utf8");

test("docs/runtimes.md has the runtimes and the rules that the commands have", () => {
  // In place of uvu's comparison, which would be pages long.
  assert.ok(PAGE === withTables(PAGE), 'docs/runtimes.md is old: run "deno task runtimes"');
  for (const { name } of RUNTIMES) assert.match(PAGE, `: \`config ${name}\``);
});

test("docs/runtimes.md names the exit codes", () => {
  for (const code of ["verification", "partial"] as const) {
    assert.match(PAGE, new RegExp(`^\\| ${EXIT_CODES[code]} +\\|`, "m"));
  }
  assert.match(PAGE, `| ${EXIT_CODES.usage}, ${EXIT_CODES.storage} `);
});

test("every runtime says where its facts are from, and has a name of its own", () => {
  for (const { source } of RUNTIMES) assert.match(source, /^https:\/\//);
  assert.is(new Set(RUNTIMES.map(({ name }) => name)).size, RUNTIMES.length);
});

test("the image that nobody has to name has the tag that is built", () => {
  const tag = VARIABLES.find(({ name }) => name === "TAG")?.fallback;
  assert.ok(DEFAULT_IMAGE.endsWith(`:${tag}`), DEFAULT_IMAGE);
});

test.run();
