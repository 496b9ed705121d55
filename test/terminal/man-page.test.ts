import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { editionOf } from "../../.github/release/edition.ts";
import { manPage } from "../../build/terminal/man-page.ts";
import { roff, roffText } from "../../build/terminal/roff.ts";
import { VERSION } from "../../build/version.ts";

const PAGE = "man/pause-image.1";

test("the manual page is what the tables say", async () => {
  const page = await manPage(editionOf(readFileSync("CHANGELOG.md", "utf8")));
  assert.is(readFileSync(PAGE, "utf8"), page, `${PAGE} is old: run "deno task man"`);
});

test("the page is of the newest release, and of its day", () => {
  const changelog =
    "# Changelog\n\n## Unreleased\n\n## 2.0.0 - 2027-02-03\n\n## 1.0.0 - 2026-11-22\n";
  assert.equal(editionOf(changelog), { version: VERSION, date: "2027-02-03" });
  assert.is(editionOf("# Changelog\n\n## Unreleased\n").date, "unreleased");
});

test("nothing in a text is a request, an escape or a typographer's sign", () => {
  assert.is(roff("-k, 'a' \"b\" \\c …"), "\\-k, \\(aqa\\(aq \\(dqb\\(dq \\(rsc \\[u2026]");
  assert.is(roff("./out"), "\\&./out");
  const long = `${"word ".repeat(15)}.request is none here`;
  assert.equal(roffText(long).map((line) => line[0]), ["w", "\\"]);
});

test.run();
