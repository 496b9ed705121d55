import { setTimeout as wait } from "node:timers/promises";
import { type GroupMemory, withGroup } from "./cgroup.ts";
import type { Contender } from "./contenders.ts";
import { memoryOf } from "./proc.ts";
import { type Spread, spreadOf } from "./spread.ts";
import { withStarted } from "./starter.ts";

/** Many of one contender at once, each in its own PID namespace, their children included. */
export interface Crowd {
  readonly count: number;
  /** What the control group grew by, bytes; undefined when this machine does not account it. */
  readonly memory?: GroupMemory;
  /** RSS of each, KiB. */
  readonly rss: Spread;
  /** The sum of all PSS, KiB: pages that all of them share are in it once. */
  readonly pss: number;
}

/** Milliseconds in which the last children fall asleep. */
const SETTLES = 500;

/** Starts `count` of a contender and adds up. */
export async function crowd(
  starter: string,
  { command }: Contender,
  count: number,
): Promise<Crowd> {
  return await withGroup(async ({ joins, memory }) =>
    await withStarted({ starter, command, count, groups: joins }, memory, async (starts, empty) => {
      await wait(SETTLES);
      const full = await memory();
      const each = await Promise.all(starts.map(({ pid }) => memoryOf(pid)));
      return {
        count,
        ...(full && empty && {
          memory: { total: full.total - empty.total, kernel: full.kernel - empty.kernel },
        }),
        rss: spreadOf(each.map(({ rss }) => rss)),
        pss: each.reduce((sum, { pss }) => sum + pss, 0),
      };
    })
  );
}
