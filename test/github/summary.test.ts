import { Buffer } from "node:buffer";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import {
  code,
  madeSummary,
  mirroredSummary,
  plain,
  planSummary,
} from "../../build/github/summary.ts";
import type { Made } from "../../build/make/workshop.ts";
import type { Delivery } from "../../build/mirror/report.ts";

const DIGEST = `sha256:${"0".repeat(64)}` as const;

const NOTHING: Made = {
  tag: "1",
  programs: [],
  saved: [],
  pushed: [],
  missing: [],
  removed: [],
  bases: [],
};

const delivery = (destination: string, rest: Partial<Delivery>): Delivery => ({
  destination,
  outcome: "copied",
  pieces: { copied: 1, present: 0, mounted: 0 },
  bytes: 1234,
  ...rest,
});

test("strangers' words stay words, on one line of the table", () => {
  assert.is(plain("a|b\n<img> `x` [y](z)"), "a&#124;b &#60;img&#62; &#96;x&#96; &#91;y&#93;(z)");
  assert.is(code("a_b"), "<code>a&#95;b</code>");
  assert.is(code(""), "");
});

test("the mirror's table has every destination, and what was not begun", () => {
  const error = new PauseError("registry", "it is | down");
  const text = mirroredSummary({
    mirrored: [{
      source: "a.io/b:1",
      digest: DIGEST,
      notes: [],
      deliveries: [
        delivery("c.io/b:1", { digest: DIGEST }),
        delivery("d.io/b:1", { digest: DIGEST, outcome: "present", bytes: 0 }),
        delivery("e.io/b:1", { outcome: "failed", error }),
      ],
    }],
    failures: [{ source: "a.io/none", error }],
  }, ["a.io/later:1"]);
  const rows = text.split("\n").slice(2).map((line) => line.split(" | "));
  assert.equal(rows.map((cells) => cells.length), [5, 5, 5, 5, 5]);
  assert.equal(rows.map((cells) => cells[2]), [
    "copied",
    "up to date",
    "**failed**",
    "**failed**",
    "not begun",
  ]);
  assert.match(text, "1.2 kB");
  assert.match(text, "it is &#124; down");
});

test("a table that GitHub would not take is cut, and says so", () => {
  const deliveries = Array.from({ length: 600 }, (_, at) => delivery(`c.io/b:${at}`, {}));
  const mirrored = [{ source: "a.io/b:1", digest: DIGEST, notes: [], deliveries }];
  const text = mirroredSummary({ mirrored, failures: [] });
  assert.is(text.split("\n").filter((line) => line.startsWith("| <code>")).length, 500);
  assert.match(text, /\n\n… and 100 more, which the log has\.$/);
});

test("what is too long for GitHub is cut, although there are few rows", () => {
  const long = "_".repeat(250);
  const error = new PauseError("registry", `Cannot pull it: ${long}${long}${long}`);
  const failures = Array.from(
    { length: 499 },
    (_, at) => ({ source: `a.io/${long}:${at}`, error }),
  );
  const text = mirroredSummary({ mirrored: [], failures });
  assert.ok(Buffer.byteLength(text) < 1024 * 1024 / 2, `${text.length} characters`);
  const shown = text.split("\n").filter((line) => line.startsWith("| <code>")).length;
  assert.ok(text.endsWith(`\n\n… and ${499 - shown} more, which the log has.`), text.slice(-200));
  const tags = Array.from({ length: 4000 }, (_, at) => `a.io/${long}:${at}`);
  const made = madeSummary(NOTHING, tags);
  assert.ok(Buffer.byteLength(made) < 1024 * 1024 / 2);
});

test("the plan's table says what would be sent", () => {
  const text = planSummary({
    planned: [{
      source: "a.io/b:1",
      destinations: [{
        destination: "c.io/b:1",
        state: "missing",
        sending: { manifests: 1, blobs: 2, bytes: 3000, referrers: 0 },
      }],
    }],
    unplanned: [{ source: "a.io/none", error: new PauseError("registry", "it is down") }],
  });
  assert.match(text, /c\.io\/b:1<\/code> \| missing \| 3\.0 kB/);
  assert.match(text, /a\.io\/none<\/code> \| {2}\| \*\*failed\*\* \| it is down/);
});

test.run();
