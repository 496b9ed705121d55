import { cpus } from "node:os";
import { setTimeout as wait } from "node:timers/promises";

/**
 * How much of the processors is in use by others, from 0 to 1. A load average would still tell of
 * what ended a minute ago.
 *
 * @param milliseconds for how long to look
 */
export async function busyShare(milliseconds: number): Promise<number> {
  const before = times();
  await wait(milliseconds);
  const after = times();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}

function times(): { idle: number; all: number } {
  const each = cpus().map(({ times }) => times);
  return {
    idle: each.reduce((sum, { idle }) => sum + idle, 0),
    all: each.flatMap((times) => Object.values(times)).reduce((sum, time) => sum + time, 0),
  };
}
