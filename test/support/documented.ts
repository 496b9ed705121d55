import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

/** A document with a table of behaviour, whose last column names the tests that show it. */
export interface Documented {
  readonly document: string;
  /** The folder of the tests, `*.e2e.ts`. */
  readonly folder: string;
  /** The words of the document for where a test runs, by the function that adds it. */
  readonly places: Readonly<Record<string, string>>;
  /** The programs that it is about, by the first argument of such a function. */
  readonly programs: readonly string[];
}

/** Adds tests that compare the table with the tests that there are, in both directions. */
export function testTable({ document, folder, places, programs }: Documented): void {
  // A call that adds a test, with the program where there are several, and the name.
  const adds = new RegExp(
    `^ *(${Object.keys(places).join("|")})\\(\\s*(?:("\\w+"|name),\\s*)?"([^"]+)"`,
    "gm",
  );
  const added = readdirSync(folder).filter((name) => name.endsWith(".e2e.ts"))
    .flatMap((name) => [...readFileSync(join(folder, name), "utf8").matchAll(adds)])
    .filter(([, , program = '"pause"']) =>
      program === "name" || programs.includes(program.slice(1, -1))
    )
    .map(([, add = "", , name = ""]) => `${places[add]}: ${name}`);
  // The last cells of the rows, in which line breaks stand between tests.
  const cited = readFileSync(document, "utf8").split("\n")
    .filter((line) => /^\| (?!When |-)/.test(line))
    .map((row) => (row.split(" | ").at(-1) ?? "").replace(/\s*\|$/, "").split("<br>"));

  test(`every row of the table in ${document} names tests that there are`, () => {
    assert.ok(cited.length > 0);
    assert.equal(cited.flat().filter((name) => !added.includes(name)), []);
  });

  test(`every test in ${folder} is named by a row of the table in ${document}`, () => {
    assert.ok(added.length > 0);
    assert.equal(added.filter((name) => !cited.flat().includes(name)), []);
  });
}
