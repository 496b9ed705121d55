import { accessSync, constants, writeSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/**
 * Says that the running test cannot run here; the test then returns. The runner counts it as
 * skipped and prints why. In CI (`CI=true`) nothing may be skipped: there the test fails.
 *
 * @param reason what is missing, such as "skopeo is not installed"
 */
export function skip(reason: string): void {
  if (process.env.CI === "true") throw new Error(`Cannot be skipped in CI: ${reason}`);
  // uvu has just printed dots, and no end of line.
  writeSync(1, `\n@skipped: ${reason}\n`);
}

/** The reason to skip when one of `programs` is not on PATH; undefined when all of them are. */
export function lacks(...programs: string[]): string | undefined {
  const missing = programs.filter((program) => !isOnPath(program));
  if (missing.length === 0) return undefined;
  return `${missing.join(", ")}: not installed (test/setup.sh installs it)`;
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
