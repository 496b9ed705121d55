import { setTimeout as wait } from "node:timers/promises";
import type { Contender } from "./contenders.ts";
import { childrenOf, type Memory, memoryOf } from "./proc.ts";
import { type Spread, spreadOf } from "./spread.ts";
import { withStarted } from "./starter.ts";

/** Memory of one that is asleep and alone, KiB, as it came out in several starts. */
export interface Asleep {
  readonly pss: Spread;
  readonly rss: Spread;
  readonly pageTables: Spread;
  /** PSS of the child that it needs; undefined when it needs none. */
  readonly childPss?: Spread;
}

/** Milliseconds in which a child falls asleep as well. */
const CHILD_SETTLES = 20;

/** @param times how often it is started, ≥ 1: where a stack begins is random, and so its pages */
export async function asleep(
  starter: string,
  { command }: Contender,
  times: number,
): Promise<Asleep> {
  const [own, children]: [Memory[], Memory[]] = [[], []];
  for (let time = 0; time < times; time++) {
    await withStarted({ starter, command }, () => Promise.resolve(), async ([start]) => {
      const pid = start?.pid ?? NaN;
      const started = await childrenOf(pid);
      if (started.length > 0) await wait(CHILD_SETTLES);
      own.push(await memoryOf(pid));
      for (const child of started) children.push(await memoryOf(child.pid));
    });
  }
  return {
    pss: spreadOf(own.map(({ pss }) => pss)),
    rss: spreadOf(own.map(({ rss }) => rss)),
    pageTables: spreadOf(own.map(({ pageTables }) => pageTables)),
    ...(children.length > 0 && { childPss: spreadOf(children.map(({ pss }) => pss)) }),
  };
}
