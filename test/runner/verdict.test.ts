import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Ended, judge } from "./verdict.ts";

/** What uvu prints at its end. */
const summary = (total: number, passed: number, skipped = 0): string =>
  `\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}\n  Duration:  1.23ms\n\n`;

const ended = (output: string, rest: Partial<Ended> = {}): Ended => ({
  exitCode: 0,
  output,
  milliseconds: 10,
  leftBehind: [],
  ...rest,
});

test("a run in which every test passed is good", () => {
  const verdict = judge(ended(`• • •   (3 / 3)\n${summary(3, 3)}`));
  assert.equal(verdict, { passed: 3, failed: 0, skipped: [], complaints: [] });
});

test("colours do not hide the summary", () => {
  const coloured = summary(2, 2).replace("  Passed:    2", "\x1b[32m  Passed:    2\x1b[39m");
  assert.is(judge(ended(coloured)).passed, 2);
});

test("failed tests are counted", () => {
  const verdict = judge(ended(summary(5, 3), { exitCode: 1 }));
  assert.equal([verdict.passed, verdict.failed], [3, 2]);
});

test("tests that did not pass are failures although uvu exits with 0", () => {
  assert.is(judge(ended(summary(5, 4), { exitCode: 0 })).failed, 1);
});

test("a run without a summary has failed", () => {
  const verdict = judge(ended("• • "));
  assert.equal([verdict.passed, verdict.failed], [0, 1]);
  assert.match(verdict.complaints[0] ?? "", /printed no summary/);
});

test("a run of no tests has failed", () => {
  const verdict = judge(ended(summary(0, 0)));
  assert.is(verdict.failed, 1);
  assert.equal(verdict.complaints, ["It ran no test."]);
});

test("tests that uvu skipped make the run a failure", () => {
  assert.match(judge(ended(summary(1, 1, 4))).complaints.join(), /skipped 4/);
});

test("a process that fails after its tests have passed has failed", () => {
  const verdict = judge(ended(summary(2, 2), { exitCode: 7 }));
  assert.equal([verdict.passed, verdict.failed], [2, 1]);
  assert.match(verdict.complaints[0] ?? "", /exit code 7/);
});

test("a process that a signal ended has failed", () => {
  const verdict = judge({ ...ended(summary(2, 2)), exitCode: undefined });
  assert.is(verdict.failed, 1);
  assert.match(verdict.complaints[0] ?? "", /was killed/);
});

test("a missed deadline is a failure, before the summary and after it", () => {
  for (const output of ["• ", summary(1, 1)]) {
    const verdict = judge({ ...ended(output), exitCode: undefined, missedDeadline: 60 });
    assert.is(verdict.failed, 1);
    assert.equal(verdict.complaints, ["It was stopped after 60 s, its deadline."]);
  }
});

test("what was left behind makes the run a failure", () => {
  const verdict = judge(ended(summary(1, 1), { leftBehind: ["a.sock in its TMPDIR"] }));
  assert.equal([verdict.passed, verdict.failed], [1, 1]);
  assert.equal(verdict.complaints, ["It left behind a.sock in its TMPDIR."]);
});

test("a skipped test is not a passed one, and its reason is kept", () => {
  const verdict = judge(ended(`• \n@skipped: skopeo is not installed\n• ${summary(2, 2)}`));
  assert.equal(verdict, {
    passed: 1,
    failed: 0,
    skipped: ["skopeo is not installed"],
    complaints: [],
  });
});

test("the last summary counts, not one that a test printed", () => {
  assert.is(judge(ended(summary(9, 9) + summary(2, 1), { exitCode: 1 })).failed, 1);
});

test.run();
