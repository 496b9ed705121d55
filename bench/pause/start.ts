import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { callsToSleep } from "./calls.ts";
import type { Contender } from "./contenders.ts";
import { type Spread, spreadOf } from "./spread.ts";
import { type Start, timeStarts, withStarted } from "./starter.ts";

/** From execve to asleep, in many starts. */
export interface StartTimes {
  /** Nanoseconds. */
  readonly time: Spread;
  /** The resolution: by how much less a time may have been. Nanoseconds. */
  readonly late: Spread;
  readonly minorFaults: Spread;
  readonly majorFaults: Spread;
  readonly starts: number;
}

/**
 * Starts the contenders in turns, so that what else the machine does meets all of them. The first
 * round warms the caches and is not counted.
 */
export async function startTimes(
  starter: string,
  contenders: readonly Contender[],
  rounds: number,
  perRound: number,
): Promise<StartTimes[]> {
  const lanes = contenders.map(({ command }) => ({ command, starts: [] as Start[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const { command, starts } of round % 2 === 0 ? lanes : lanes.toReversed()) {
      const found = await timeStarts({ starter, command, count: perRound });
      if (round > 0) starts.push(...found);
    }
  }
  return lanes.map(({ starts }) => ({
    time: spreadOf(starts.map(({ time }) => time)),
    late: spreadOf(starts.map(({ late }) => late)),
    minorFaults: spreadOf(starts.map(({ minorFaults }) => minorFaults)),
    majorFaults: spreadOf(starts.map(({ majorFaults }) => majorFaults)),
    starts: starts.length,
  }));
}

/** The names of its system calls after execve, the one that it sleeps in included. */
export async function startCalls(
  starter: string,
  { name, command }: Contender,
  dir: string,
): Promise<string[]> {
  const trace = join(dir, `trace-${name}`);
  const prefix = ["strace", "-ff", "-qq", "-e", "signal=none", "-o", trace];
  const pid = await withStarted(
    { starter, command, prefix },
    () => Promise.resolve(),
    ([start]) => Promise.resolve(start?.pid),
  );
  // strace has ended by now, and so the trace is whole.
  return callsToSleep(await readFile(`${trace}.${pid}`, "utf8"));
}
