import type { Outcome } from "./runs.ts";

/** What `report()` of test/support/report.ts prints before each line. */
export const REPORT_MARK = "@report: ";

/**
 * The lines about one run: how it went, why not well, what it reports, and, when it went badly,
 * everything that it printed.
 *
 * @param shown the reports of the runs before: the same one is not shown again, on the other runtime
 */
export function describe(outcome: Outcome, shown: Set<string> = new Set()): string {
  const { file, runtime, milliseconds, verdict, output } = outcome;
  const report = reportIn(output);
  const isNew = report.length > 0 && !shown.has(report.join("\n"));
  shown.add(report.join("\n"));
  const isGood = verdict.failed === 0;
  const counts = countsOf(verdict.passed, verdict.failed, verdict.skipped.length);
  const seconds = (milliseconds / 1_000).toFixed(1);
  return [
    `${isGood ? "ok  " : "FAIL"} ${file.path} (${runtime}, ${seconds} s): ${counts}`,
    ...verdict.skipped.map((reason) => `       skipped: ${reason}`),
    ...verdict.complaints.map((complaint) => `       ${complaint}`),
    ...(isNew ? report.map((line) => `       ${line}`.trimEnd()) : []),
    ...(isGood || output.trim() === "" ? [] : [output.trimEnd()]),
  ].join("\n");
}

function reportIn(output: string): string[] {
  return output.split("\n").filter((line) => line.startsWith(REPORT_MARK))
    .map((line) => line.slice(REPORT_MARK.length));
}

/** Names the runs that failed, for the end of a long output; "" when there are none. */
export function failures(outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter(({ verdict }) => verdict.failed > 0)
    .map(({ file, runtime }) => `  ${file.path} (${runtime})\n`);
  return failed.length === 0 ? "" : `\nFailed:\n${failed.join("")}`;
}

/** The line that closes everything. */
export function closingLine(outcomes: readonly Outcome[]): string {
  const sum = (count: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, outcome) => total + count(outcome), 0);
  return countsOf(
    sum(({ verdict }) => verdict.passed),
    sum(({ verdict }) => verdict.failed),
    sum(({ verdict }) => verdict.skipped.length),
  );
}

function countsOf(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
