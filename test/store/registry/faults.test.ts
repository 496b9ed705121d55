/** The fault table: what a registry does to us, and what becomes of it. The runner shows it. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../../build/error.ts";
import { report } from "../../support/report.ts";
import { carryOut, type Outcome } from "./faults/carry-out.ts";
import { COPY_ROWS } from "./faults/copy-rows.ts";
import { PULL_ROWS } from "./faults/pull-rows.ts";
import { PUSH_ROWS } from "./faults/push-rows.ts";
import { SETTING_ROWS } from "./faults/setting-rows.ts";
import { type Line, linesOf } from "./faults/table.ts";
import type { Row } from "./faults/row.ts";

const table: Line[] = [];

function check(row: Row, { error, tag, wrong, leaks, hits }: Outcome): void {
  assert.equal(leaks, []);
  assert.ok(hits > 0 || row.habits, "the fault hit no request");
  if (row.expect === "success") {
    if (error !== undefined) throw error;
    assert.equal(wrong, []);
    assert.is(tag, "new");
    return;
  }
  if (!(error instanceof PauseError)) throw error ?? new Error("it succeeded");
  assert.is(error.code, row.expect, error.message);
  assert.match(error.message, /^Cannot .+: .+\. .+\.$/s);
  assert.match(error.message, row.message ?? /127\.0\.0\.1:\d+/);
  const isWritten = row.act === "push" || row.act === "copy";
  assert.is(tag, isWritten && !row.tagged ? "old" : "new");
}

for (const row of [...PUSH_ROWS, ...SETTING_ROWS, ...PULL_ROWS, ...COPY_ROWS]) {
  const { act, fault, where, expect } = row;
  const becomes = expect === "success" ? "succeeds" : `fails (${expect})`;
  test(`a ${act} that meets "${fault}" at ${where} ${becomes}`, async () => {
    const outcome = await carryOut(row);
    table.push({ row, outcome });
    check(row, outcome);
  });
}

test("the fault table", () => report(linesOf(table)));

test.run();
