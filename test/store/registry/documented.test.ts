import { readdirSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RETRY } from "../../../build/store/registry/http/retry.ts";

const FOLDER = "test/store/registry";
const DOCUMENT = readFileSync("docs/registry.md", "utf8");

test("every test that docs/registry.md names is there", () => {
  const sources = readdirSync(FOLDER, { encoding: "utf8", recursive: true })
    .filter((name) => name.endsWith(".ts") && !name.startsWith("documented"))
    .map((name) => readFileSync(`${FOLDER}/${name}`, "utf8")).join("\n");
  const rows = DOCUMENT.slice(DOCUMENT.indexOf("## Quirks"), DOCUMENT.indexOf("## Tests"))
    .split("\n").filter((line) => line.startsWith("|")).slice(2);
  const named = rows.flatMap((row) =>
    [...(row.split("|").at(-2) ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name)
  );
  assert.ok(named.length >= rows.length && rows.length > 20, `${named.length} of ${rows.length}`);
  assert.equal(named.filter((name) => !sources.includes(name)), []);
});

test("docs/registry.md has the retry table that is in use", () => {
  assert.match(DOCUMENT, `| ${RETRY.statuses.join(", ")} `);
  assert.match(DOCUMENT, `up to ${RETRY.attempts} attempts, after ${RETRY.firstDelay / 1000} s`);
  assert.match(DOCUMENT, `of at most ${RETRY.longestDelay / 1000} s`);
});

test.run();
