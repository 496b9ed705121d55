import { setTimeout as wait } from "node:timers/promises";
import type { Contender } from "./contenders.ts";
import { type Usage, usageBetween, usageOf } from "./proc.ts";
import { withStarted } from "./starter.ts";

/** What a contender used while nothing happened to it. */
export interface Idle extends Usage {
  readonly seconds: number;
}

/** Watches all contenders at once, each asleep already. */
export async function idle(
  starter: string,
  contenders: readonly Contender[],
  seconds: number,
): Promise<Idle[]> {
  return await Promise.all(
    contenders.map(async ({ command }) =>
      await withStarted({ starter, command }, () => Promise.resolve(), async ([start]) => {
        const pid = start?.pid ?? NaN;
        const before = await usageOf(pid);
        await wait(1000 * seconds);
        return { seconds, ...usageBetween(before, await usageOf(pid)) };
      })
    ),
  );
}
