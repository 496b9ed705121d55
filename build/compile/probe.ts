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

/** How tools are asked. */
export interface ProbeOptions {
  readonly ask?: typeof run;
  readonly signal?: AbortSignal;
}

/**
 * Asks a tool for its version.
 *
 * @param pattern takes the version as its first group, `19.1.7` or `0.14`
 * @param options.ask runs the tool, or remembers what it said. @default run it
 * @returns undefined when the tool cannot be run or is not the one that the pattern knows
 * @throws PauseError `interrupted`
 */
export async function probe(
  path: string,
  question: readonly string[],
  pattern: RegExp,
  { signal, ask = run }: ProbeOptions = {},
): Promise<Probed | undefined> {
  const ended = await ask([path, ...question], signal ? { signal } : {});
  // gcc -v answers on stderr.
  const output = `${ended.stdout}${ended.stderr}`;
  const found = ended.exitCode === 0 ? pattern.exec(output) : null;
  if (!found) return undefined;
  const [major = 0, minor = 0, patch = 0] = (found[1] ?? "").split(".").map(Number);
  const line = output.split("\n").find((text) => pattern.test(text)) ?? found[0];
  return { path, line: line.trim(), version: [major, minor, patch], output };
}
