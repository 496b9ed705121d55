import { existsSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const PAGE = readFileSync("docs/threat-model.md", "utf8");
const POLICY = readFileSync("SECURITY.md", "utf8");

/** The cells of the tables' rows, without their heads. */
const ROWS = PAGE.split("\n").filter((line) => line.startsWith("| "))
  .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
  .filter(([first = ""]) => first !== "What could happen" && !/^-+$/.test(first));

/** The tests that a cell names: `file`: “name”. */
const named = (cell: string): [file: string, name: string][] =>
  [...cell.matchAll(/`(test\/[^`]+\.ts)`: “([^”]+)”/g)]
    .map(([, file = "", name = ""]) => [file, name]);

test("every threat says what stops it, and names a test", () => {
  assert.ok(ROWS.length > 30, `${ROWS.length} rows`);
  for (const [threat = "", stops = "", tests = "", ...more] of ROWS) {
    assert.equal(more, [], threat);
    assert.ok(stops.length > 10, threat);
    const found = named(tests);
    assert.ok(found.length > 0, threat);
    assert.is(found.length, tests.split("<br>").length, `${threat}: ${tests}`);
  }
});

test("every test that is named is there", () => {
  const missing = ROWS.flatMap(([, , tests = ""]) => named(tests)).filter(([file, name]) => {
    if (!existsSync(file)) return true;
    const source = readFileSync(file, "utf8").replaceAll('\\"', '"');
    // As the name of a test, and not in a comment about one.
    return !["`", '"'].some((quote) => source.includes(`${quote}${name}${quote}`));
  });
  assert.equal(missing, []);
});

test("the pages link to what is there, and to each other", () => {
  for (const [folder, text] of [["docs", PAGE], [".", POLICY]] as const) {
    for (const [, path = ""] of text.matchAll(/\]\(([^):#]+)\)/g)) {
      assert.ok(existsSync(join(folder, path)), path);
    }
  }
  const linked = [...POLICY.matchAll(/\]\((docs[^)]+)\)/g)].map(([, path = ""]) => normalize(path));
  assert.ok(linked.includes("docs/threat-model.md"));
  assert.ok(PAGE.includes("](../SECURITY.md)"));
});

test("SECURITY.md says how to report in private, what is supported, and what is in scope", () => {
  const { repository } = JSON.parse(readFileSync("package.json", "utf8"));
  const address = repository.url.replace(/^git\+|\.git$/g, "");
  assert.ok(POLICY.includes(`](${address}/security/advisories/new)`));
  for (const heading of ["Reporting a weakness", "What is supported", "What is in scope"]) {
    assert.ok(POLICY.includes(`\n## ${heading}\n`), heading);
  }
});

test.run();
