import type { Outcome } from "./runs.ts";

/** The lines about one run: how it went, why not well, and then everything that it printed. */
export function describe(outcome: Outcome): string {
  const { file, runtime, milliseconds, verdict, output } = outcome;
  const isGood = verdict.failed === 0;
  const counts = countsOf(verdict.passed, verdict.failed, verdict.skipped.length);
  const seconds = (milliseconds / 1_000).toFixed(1);
  return [
    `${isGood ? "ok  " : "FAIL"} ${file.path} (${runtime}, ${seconds} s): ${counts}`,
    ...verdict.skipped.map((reason) => `       skipped: ${reason}`),
    ...verdict.complaints.map((complaint) => `       ${complaint}`),
    ...(isGood || output.trim() === "" ? [] : [output.trimEnd()]),
  ].join("\n");
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
