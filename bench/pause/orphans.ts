import { setTimeout as wait } from "node:timers/promises";
import { output } from "../stage.ts";
import { type Group, withGroup } from "./cgroup.ts";
import type { Contender } from "./contenders.ts";
import { childrenOf, memoryOf, type Usage, usageBetween, usageOf } from "./proc.ts";
import { withStarted } from "./starter.ts";

/** What it took a contender to reap. */
export interface Reaping extends Usage {
  readonly orphans: number;
  /** Dead ones that it had left when all orphans were dead. */
  readonly zombies: number;
  /** By how much its RSS grew, KiB. */
  readonly growth: number;
  /** Time on a processor of everybody: contender, orphans and their parents. Nanoseconds. */
  readonly everybody?: number;
}

/** Processes that make orphans at the same time, each parent after parent. */
const MAKERS = 4;
/** Orphans that each parent leaves. */
const BURST = 50;
/** Milliseconds after which what is not reaped counts as left. */
const PATIENCE = 10_000;

/**
 * Leaves orphans to a contender that is the first process of a PID namespace.
 *
 * @param count how many, a multiple of the number of makers
 */
export async function reap(
  { starter, orphan }: { readonly starter: string; readonly orphan: string },
  { command }: Contender,
  count: number,
): Promise<Reaping> {
  return await withGroup(async (group) => {
    const options = { starter, command, groups: group.joins };
    return await withStarted(options, () => Promise.resolve(), async ([start]) => {
      const pid = start?.pid ?? NaN;
      const own = (await childrenOf(pid)).map(({ pid }) => pid);
      const [before, used, everybody] = [
        await memoryOf(pid),
        await usageOf(pid),
        await group.cpu(),
      ];
      const each = [orphan, `${count / MAKERS}`, `${BURST}`];
      await Promise.all(Array.from({ length: MAKERS }, () => inside(pid, group, each)));
      const zombies = await leftOf(pid, own);
      return {
        orphans: count,
        zombies,
        growth: (await memoryOf(pid)).rss - before.rss,
        ...usageBetween(used, await usageOf(pid)),
        ...(everybody !== undefined && { everybody: (await group.cpu() ?? NaN) - everybody }),
      };
    });
  });
}

/** Several reapings as one: what was used and left adds up, the growth is the greatest. */
export function addUp(all: readonly Reaping[]): Reaping {
  const sum = (of: (reaping: Reaping) => number): number =>
    all.reduce((total, each) => total + of(each), 0);
  return {
    orphans: sum(({ orphans }) => orphans),
    zombies: sum(({ zombies }) => zombies),
    growth: Math.max(...all.map(({ growth }) => growth)),
    voluntary: sum(({ voluntary }) => voluntary),
    involuntary: sum(({ involuntary }) => involuntary),
    cpu: sum(({ cpu }) => cpu),
    ...(all.every(({ everybody }) => everybody !== undefined) && {
      everybody: sum(({ everybody }) => everybody ?? NaN),
    }),
  };
}

/** Runs a command in the namespace whose first process is `pid`. */
async function inside(pid: number, { joins }: Group, words: readonly string[]): Promise<void> {
  const joining = joins.map((join) => `echo $$ >${join} && `).join("");
  const script = `${joining}exec nsenter --pid --target ${pid} -- "$@"`;
  await output({ command: ["sh", "-c", script, "sh", ...words] });
}

/** How many children are dead and stay so. The contender's own child does not count. */
async function leftOf(pid: number, own: readonly number[]): Promise<number> {
  const end = performance.now() + PATIENCE;
  while (true) {
    const left = (await childrenOf(pid)).filter((child) => !own.includes(child.pid));
    if (left.length === 0 || performance.now() > end) return left.length;
    await wait(20);
  }
}
