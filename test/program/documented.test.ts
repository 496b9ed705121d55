import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const FOLDER = "test/program";

/** The words of the document for where a test runs, by the function that adds it. */
const PLACES: Readonly<Record<string, string>> = {
  onEachPlatform: "everywhere",
  natively: "natively",
  inContainers: "containers",
  inEachFile: "the file",
};

/** A call that adds a test of pause, with its name. Orphan is only a tool to try pause with. */
const ADDS = new RegExp(
  `^(${Object.keys(PLACES).join("|")})\\(\\s*(?:"pause",\\s*)?"([^"]+)"`,
  "gm",
);

const added = readdirSync(FOLDER).filter((name) => name.endsWith(".e2e.ts"))
  .flatMap((name) => [...readFileSync(join(FOLDER, name), "utf8").matchAll(ADDS)])
  .filter(([, , name]) => name !== "orphan")
  .map(([, add = "", name = ""]) => `${PLACES[add]}: ${name}`);

/** The last cells of the table that says what pause does, in which line breaks stand between tests. */
const cited = readFileSync("docs/pause-behaviour.md", "utf8").split("\n")
  .filter((line) => /^\| (?!When |-)/.test(line))
  .map((row) => (row.split(" | ").at(-1) ?? "").replace(/\s*\|$/, "").split("<br>"));

test("every row of the table of pause's behaviour names tests that there are", () => {
  assert.ok(cited.length > 0);
  assert.equal(cited.flat().filter((name) => !added.includes(name)), []);
});

test("every test of pause's behaviour is named by a row of the table", () => {
  assert.ok(added.length > 0);
  assert.equal(added.filter((name) => !cited.flat().includes(name)), []);
});

test.run();
