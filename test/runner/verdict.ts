/** How the process of a test file ended. */
export interface Ended {
  /** The exit code; undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  /** Both streams, as they came. */
  readonly output: string;
  readonly milliseconds: number;
  /** The deadline in seconds, when it was missed. */
  readonly missedDeadline?: number;
  /** Files or processes that it left. */
  readonly leftBehind: readonly string[];
}

/** What became of the tests of one file. */
export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  /** The reason of each test that was skipped. */
  readonly skipped: readonly string[];
  /** What is wrong beyond what uvu printed. */
  readonly complaints: readonly string[];
}

/** What `skip()` of test/support/skip.ts prints, alone on a line, before the reason. */
export const SKIP_MARK = "@skipped: ";

/** Judges what a test file printed and how it ended: only a complete run in which every test passed is good. */
export function judge(ended: Ended): Verdict {
  const output = plain(ended.output);
  const skipped = skipReasons(output);
  const summary = lastSummary(output);
  if (summary === undefined) {
    const why = noSummary(ended);
    return { passed: 0, failed: 1, skipped, complaints: [...why, ...leftOvers(ended)] };
  }
  const failed = summary.total - summary.passed;
  const complaints = [...complaintsAbout(summary, failed, ended), ...leftOvers(ended)];
  return {
    passed: Math.max(0, summary.passed - skipped.length),
    // Something is wrong with the file, although each of its tests passed: that counts as a failure.
    failed: failed || (complaints.length > 0 ? 1 : 0),
    skipped,
    complaints,
  };
}

/** The verdict on a file that was not run at all. */
export function refused(complaints: readonly string[]): Verdict {
  return { passed: 0, failed: 1, skipped: [], complaints };
}

interface Summary {
  readonly total: number;
  readonly passed: number;
  readonly skipped: number;
}

function complaintsAbout(summary: Summary, failed: number, ended: Ended): string[] {
  return [
    ...(ended.missedDeadline === undefined ? [] : [tooLong(ended.missedDeadline)]),
    ...(summary.total === 0 ? ["It ran no test."] : []),
    ...(summary.skipped > 0 ? [`uvu skipped ${summary.skipped} of its tests.`] : []),
    ...(failed === 0 && ended.missedDeadline === undefined && ended.exitCode !== 0
      ? [`Every test passed, but the process ${howItEnded(ended)}.`]
      : []),
  ];
}

function noSummary(ended: Ended): string[] {
  if (ended.missedDeadline !== undefined) return [tooLong(ended.missedDeadline)];
  return [`It printed no summary: the process ${howItEnded(ended)} before its tests were done.`];
}

function tooLong(seconds: number): string {
  return `It was stopped after ${seconds} s, its deadline.`;
}

function howItEnded({ exitCode }: Ended): string {
  return exitCode === undefined ? "was killed" : `ended with exit code ${exitCode}`;
}

function leftOvers({ leftBehind }: Ended): string[] {
  return leftBehind.map((what) => `It left behind ${what}.`);
}

/** The last one, because a test may print what looks like a summary. */
function lastSummary(output: string): Summary | undefined {
  const pattern = /^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)\n {2}Duration: /gm;
  const [, total, passed, skipped] = [...output.matchAll(pattern)].at(-1) ?? [];
  if (total === undefined) return undefined;
  return { total: Number(total), passed: Number(passed), skipped: Number(skipped) };
}

function skipReasons(output: string): string[] {
  return output.split("\n").filter((line) => line.startsWith(SKIP_MARK))
    .map((line) => line.slice(SKIP_MARK.length));
}

function plain(output: string): string {
  // deno-lint-ignore no-control-regex
  return output.replace(/\x1b\[[\d;]*m/g, "").replaceAll("\r\n", "\n");
}
