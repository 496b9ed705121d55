import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Row } from "../../build/check/row.ts";
import { ROWS } from "../../build/check/rows.ts";
import { EXIT_CODES } from "../../build/error.ts";

const PAGE = readFileSync("docs/verify.md", "utf8");

const TITLES: Readonly<Record<keyof typeof ROWS, string>> = {
  index: "The index",
  image: "Each image",
  program: "Each program",
  behaviour: "What it does, as process 1",
};

/** The rows as the page has them: `deno fmt` aligns nothing in lists. */
function listed(): string {
  return Object.entries(TITLES).map(([group, title]) =>
    `### ${title}\n\n${ROWS[group as keyof typeof ROWS].map(item).join("\n")}`
  ).join("\n\n");
}

function item({ id, states, why, link, os, after }: Row): string {
  const only = os === "windows" ? " (Windows)" : "";
  const refines = after === undefined ? "" : ` Refines \`${after}\`.`;
  const source = link === undefined ? "" : ` [Source](${link}).`;
  return `- **\`${id}\`**${only}: ${states}. _${why}_${refines}${source}`;
}

/** Without the line breaks that belong to the page's width. */
const words = (text: string): string => text.split(/\s+/).join(" ").trim();

test("docs/verify.md lists the rows that are checked", () => {
  const [, found = ""] = /<!-- rows: begin -->(.*)<!-- rows: end -->/s.exec(PAGE) ?? [];
  // In place of uvu's comparison, which would be pages long.
  const isSame = words(found) === words(listed());
  assert.ok(isSame, `docs/verify.md should have between its marks:\n${listed()}`);
});

test("every row has an id of its own, and refines one that is judged before it", () => {
  const rows = Object.values(ROWS).flat();
  const ids = rows.map(({ id }) => id);
  assert.is(new Set(ids).size, ids.length);
  for (const [at, { after, id }] of rows.entries()) {
    if (after !== undefined) assert.ok(ids.slice(0, at).includes(after), id);
  }
});

test("docs/verify.md names the exit codes", () => {
  for (const code of ["verification", "partial", "usage"] as const) {
    assert.match(PAGE, new RegExp(`^\\| ${EXIT_CODES[code]} +\\|`, "m"));
  }
  assert.match(
    PAGE,
    `| ${EXIT_CODES.storage}, ${EXIT_CODES.registry}, ${EXIT_CODES.authentication}`,
  );
});

test.run();
