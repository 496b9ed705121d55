import { run } from "../host/process.ts";

/** A tool that answered. */
export interface Probed {
  readonly path: string;
  /** The line in which it told its version. */
  readonly line: string;
  /** The version's numbers, the most important first; minor and patch are 0 where not told. */
  readonly version: readonly [major: number, minor: number, patch: number];
  /** All that it said. */
  readonly output: string;
}

/**
 * Asks a tool for its version.
 *
 * @param pattern takes the version as its first group, `19.1.7` or `0.14`
 * @returns undefined when the tool cannot be run or is not the one that the pattern knows
 * @throws PauseError `interrupted`
 */
export async function probe(
  path: string,
  question: readonly string[],
  pattern: RegExp,
  signal?: AbortSignal,
): Promise<Probed | undefined> {
  const ended = await run([path, ...question], signal ? { signal } : {});
  // gcc -v answers on stderr.
  const output = `${ended.stdout}${ended.stderr}`;
  const found = ended.exitCode === 0 ? pattern.exec(output) : null;
  if (!found) return undefined;
  const [major = 0, minor = 0, patch = 0] = (found[1] ?? "").split(".").map(Number);
  const line = output.split("\n").find((text) => pattern.test(text)) ?? found[0];
  return { path, line: line.trim(), version: [major, minor, patch], output };
}
