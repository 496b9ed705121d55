import { setTimeout as sleep } from "node:timers/promises";
import type { Idle, Orphans, Stopped } from "./behaviour.ts";
import { childrenOf, isAlive, momentOf, type Process, send, sleepsOf } from "./proc.ts";

/** Milliseconds. */
const TIMES = {
  /** In which a program must have come to rest: emulators start slowly. */
  start: 3000,
  /** That a program must be at rest before it is watched. */
  rest: 100,
  /** That it is watched, longer than a clock tick by far. */
  watch: 300,
  /** That it has to reap an orphan, and to end. */
  limit: 1000,
  /** After which a signal that ends it has done so. */
  effect: 50,
} as const;

/** What was seen of a running program. What it did not live to show is missing. */
export interface Life {
  readonly idle?: Idle;
  /** The orphans that had ended when it began. */
  readonly early?: Orphans;
  /** Those that ended while it ran. */
  readonly orphans?: Orphans;
  /** The signals that it outlived, and the first that it did not. */
  readonly outlived?: Outlived;
  readonly stopped?: Stopped;
}

export interface Outlived {
  readonly signals: readonly string[];
  readonly lethal?: string;
}

/** A life that is being watched. */
export type Watched = { -readonly [Key in keyof Life]: Life[Key] };

/** How to watch a life. */
export interface Plan {
  /** The signal that is to end it. */
  readonly stop: "SIGTERM" | "SIGINT";
  /** Whether it has orphans. */
  readonly orphans?: boolean;
  /** The signals that it is to outlive. */
  readonly outlives?: readonly NodeJS.Signals[];
}

/** Watches a program from its start to the signal that is to end it, and writes down what it does. */
export async function watchLife(
  prisoner: Process,
  { stop, orphans = false, outlives = [] }: Plan,
  life: Watched,
  signal?: AbortSignal,
): Promise<void> {
  const pause: Pause = async (milliseconds) => {
    signal?.throwIfAborted();
    await sleep(milliseconds);
  };
  await comeToRest(prisoner, pause);
  const idle = await watchIdle(prisoner, pause);
  if (idle === undefined) return;
  life.idle = idle;
  if (orphans) {
    life.early = { adopted: 1, zombies: await zombiesOf(prisoner, pause) };
    life.orphans = await endOrphans(prisoner, life.early.zombies, pause);
  }
  if (outlives.length > 0) life.outlived = await outlive(prisoner, outlives, pause);
  if (await isAlive(prisoner)) life.stopped = await endBy(prisoner, stop, pause);
}

/** Whether the program ends by itself in that many milliseconds. */
export async function endsWithin(prisoner: Process, milliseconds: number): Promise<boolean> {
  return await endsIn(prisoner, milliseconds, sleep);
}

type Pause = (milliseconds: number) => Promise<unknown>;

/** Waits until the process has slept for a while. A busy one never does. */
async function comeToRest(prisoner: Process, pause: Pause): Promise<void> {
  const deadline = performance.now() + TIMES.start;
  while (performance.now() < deadline) {
    const before = await sleepsOf(prisoner);
    await pause(TIMES.rest);
    const state = (await momentOf(prisoner.pid))?.state;
    if (state !== "R" && await sleepsOf(prisoner) === before) return;
  }
}

async function watchIdle(prisoner: Process, pause: Pause): Promise<Idle | undefined> {
  const started = performance.now();
  const [before, sleeps] = [await momentOf(prisoner.pid), await sleepsOf(prisoner)];
  await pause(TIMES.watch);
  const [after, wakeUps] = [await momentOf(prisoner.pid), await sleepsOf(prisoner) - sleeps];
  if (!before || !after || !await isAlive(prisoner)) return undefined;
  const milliseconds = Math.round(performance.now() - started);
  return { milliseconds, state: after.state, ticks: after.ticks - before.ticks, wakeUps };
}

/**
 * Ends the orphans, half of them at once and then one after the other.
 * @param early zombies that there are already
 */
async function endOrphans(prisoner: Process, early: number, pause: Pause): Promise<Orphans> {
  const adopted = (await childrenOf(prisoner)).filter(({ state }) => state !== "Z");
  const half = Math.floor(adopted.length / 2);
  await Promise.all(adopted.slice(0, half).map((orphan) => send(orphan, "SIGKILL")));
  await zombiesOf(prisoner, pause);
  for (const orphan of adopted.slice(half)) {
    await send(orphan, "SIGKILL");
    await pause(1);
  }
  const zombies = await zombiesOf(prisoner, pause);
  return { adopted: adopted.length, zombies: Math.max(0, zombies - early) };
}

/** How many zombies are left after the time there is to reap them: none as soon as there is none. */
async function zombiesOf(prisoner: Process, pause: Pause): Promise<number> {
  const deadline = performance.now() + TIMES.limit;
  for (;;) {
    const zombies = (await childrenOf(prisoner)).filter(({ state }) => state === "Z").length;
    if (zombies === 0 || performance.now() > deadline) return zombies;
    await pause(20);
  }
}

async function outlive(
  prisoner: Process,
  signals: readonly NodeJS.Signals[],
  pause: Pause,
): Promise<Outlived> {
  for (const name of signals) {
    await send(prisoner, name);
    await pause(TIMES.effect);
    if (!await isAlive(prisoner)) return { signals, lethal: name };
  }
  return { signals };
}

async function endBy(prisoner: Process, stop: NodeJS.Signals, pause: Pause): Promise<Stopped> {
  const sent = performance.now();
  await send(prisoner, stop);
  await endsIn(prisoner, TIMES.limit, pause);
  return { milliseconds: Math.round(performance.now() - sent) };
}

/** Whether a program ended in time, by how long that took. */
export function isInTime({ milliseconds }: Stopped): boolean {
  return milliseconds < TIMES.limit;
}

async function endsIn(prisoner: Process, milliseconds: number, pause: Pause): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (performance.now() < deadline) {
    if (!await isAlive(prisoner)) return true;
    await pause(5);
  }
  return false;
}
