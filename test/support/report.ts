import { writeSync } from "node:fs";

/**
 * Has the runner show lines, which it does not show of what a passing test prints otherwise. A report
 * that is the same on both runtimes is shown once.
 */
export function report(lines: readonly string[]): void {
  // uvu has just printed dots, and no end of line.
  writeSync(1, `\n${lines.map((line) => `@report: ${line}\n`).join("")}`);
}
