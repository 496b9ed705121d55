import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Idle, Orphans, Stopped } from "./behaviour.ts";
import { confine, type Confined, type Prisoner } from "./cage.ts";
import { childrenOf, isAlive, momentOf, type Process, sleepsOf } from "./proc.ts";
import type { Facts } from "./row.ts";

/** What is to be run. */
export interface Subject extends Pick<Prisoner, "program" | "emulator"> {
  /** The arguments that the image gives it. */
  readonly arguments: readonly string[];
  /** The arguments with which it is asked for its version. */
  readonly versionArguments: readonly string[];
}

/** The facts that are found by running a program. */
export const BEHAVIOURS: readonly (keyof Behaviour)[] = [
  "version",
  "idle",
  "orphans",
  "terminated",
  "interrupted",
];

type Behaviour = Pick<Facts, "version" | "idle" | "orphans" | "terminated" | "interrupted">;

/** What was seen, and the reason why the rest was not. */
export interface Observed {
  readonly known: Partial<Behaviour>;
  readonly missing: string;
}

/** Milliseconds. */
const TIMES = {
  /** In which `-v` must have printed, and a program must have come to rest: emulators start slowly. */
  patience: 3000,
  /** That a program must be at rest before it is watched. */
  rest: 100,
  /** That it is watched, longer than a clock tick by far. */
  watch: 300,
  /** That it has to reap an orphan, and to end. */
  limit: 1000,
} as const;

/** An emulator's bursts would be no bursts if they were larger. */
const ORPHANS = 24;

/**
 * Runs a program three times, confined as {@link confine} says: for its version, and for each of
 * the signals that end it.
 *
 * @throws PauseError as {@link confine} does
 */
export async function observe(subject: Subject, signal?: AbortSignal): Promise<Observed> {
  const [printed, terminated, interrupted] = await Promise.all([
    askVersion(subject, signal),
    live(subject, "SIGTERM", ORPHANS, signal),
    live(subject, "SIGINT", 0, signal),
  ]);
  if ("unable" in printed) return { known: {}, missing: printed.unable };
  return {
    known: {
      version: printed,
      ...(terminated.idle && { idle: terminated.idle }),
      ...(terminated.orphans && { orphans: terminated.orphans }),
      ...(terminated.stopped && { terminated: terminated.stopped }),
      ...(interrupted.stopped && { interrupted: interrupted.stopped }),
    },
    missing: terminated.unable ?? interrupted.unable ?? "it had ended before",
  };
}

async function askVersion(
  { program, emulator, versionArguments }: Subject,
  signal?: AbortSignal,
): Promise<Confined | { readonly stdout: string; readonly stderr: string }> {
  let inTime = true;
  const confined = await confine(
    { program, arguments: versionArguments, ...(emulator && { emulator }) },
    async (prisoner) => {
      inTime = await ends(prisoner, TIMES.patience);
    },
    signal,
  );
  if (inTime || "unable" in confined) return confined;
  return { stdout: confined.stdout, stderr: confined.stderr };
}

/** A life, from start to signal. What it did not live to see is missing. */
interface Life {
  readonly idle?: Idle;
  readonly orphans?: Orphans;
  readonly stopped?: Stopped;
  readonly unable?: string;
}

type Seen = { -readonly [Key in keyof Life]: Life[Key] };

async function live(
  { program, emulator, arguments: words }: Subject,
  stop: "SIGTERM" | "SIGINT",
  orphans: number,
  signal?: AbortSignal,
): Promise<Life> {
  const seen: Seen = {};
  const confined = await confine(
    { program, arguments: words, orphans, ...(emulator && { emulator }) },
    (prisoner) => watchLife(prisoner, stop, orphans, seen),
    signal,
  );
  if ("unable" in confined) return confined;
  const { exitCode } = confined;
  const { idle, stopped } = seen;
  if (stopped) {
    const inTime = stopped.milliseconds < TIMES.limit;
    return { ...seen, stopped: { ...stopped, ...(inTime && { exitCode }) } };
  }
  const lived = idle ?? { milliseconds: 0, state: "X", ticks: 0, wakeUps: 0 };
  return { ...seen, idle: seen.orphans ? lived : { ...lived, ended: exitCode } };
}

async function watchLife(
  prisoner: Process,
  stop: "SIGTERM" | "SIGINT",
  orphans: number,
  seen: Seen,
): Promise<void> {
  await comeToRest(prisoner);
  const before = performance.now();
  const idle = await watchIdle(prisoner);
  if (idle === undefined) return;
  seen.idle = { ...idle, milliseconds: Math.round(performance.now() - before) };
  if (orphans > 0) {
    seen.orphans = await endOrphans(prisoner);
    if (!seen.orphans.survived) return;
  }
  const sent = performance.now();
  process.kill(prisoner.pid, stop);
  await ends(prisoner, TIMES.limit);
  seen.stopped = { milliseconds: Math.round(performance.now() - sent) };
}

/** Waits until the process has slept for a while. A busy one never does. */
async function comeToRest(prisoner: Process): Promise<void> {
  const deadline = performance.now() + TIMES.patience;
  while (performance.now() < deadline) {
    const before = await sleepsOf(prisoner);
    await sleep(TIMES.rest);
    const now = await momentOf(prisoner.pid);
    if (now?.state !== "R" && await sleepsOf(prisoner) === before) return;
  }
}

async function watchIdle(prisoner: Process): Promise<Omit<Idle, "milliseconds"> | undefined> {
  const [before, sleeps] = [await momentOf(prisoner.pid), await sleepsOf(prisoner)];
  await sleep(TIMES.watch);
  const [after, wakeUps] = [await momentOf(prisoner.pid), await sleepsOf(prisoner) - sleeps];
  if (!before || !after || !await isAlive(prisoner)) return undefined;
  return { state: after.state, ticks: after.ticks - before.ticks, wakeUps };
}

/** Ends the orphans, half of them at once and then one after the other. */
async function endOrphans(prisoner: Process): Promise<Orphans> {
  const adopted = await childrenOf(prisoner);
  const half = Math.floor(adopted.length / 2);
  for (const { pid } of adopted.slice(0, half)) process.kill(pid, "SIGKILL");
  await zombiesOf(prisoner);
  for (const { pid } of adopted.slice(half)) {
    process.kill(pid, "SIGKILL");
    await sleep(1);
  }
  const zombies = await zombiesOf(prisoner);
  return { adopted: adopted.length, zombies, survived: await isAlive(prisoner) };
}

/** How many children are left after the time they have to be reaped in: none as soon as none is. */
async function zombiesOf(prisoner: Process): Promise<number> {
  const deadline = performance.now() + TIMES.limit;
  for (;;) {
    const zombies = (await childrenOf(prisoner)).filter(({ state }) => state === "Z").length;
    if (zombies === 0 || performance.now() > deadline) return zombies;
    await sleep(20);
  }
}

/** Whether the process ends within that many milliseconds. */
async function ends(prisoner: Process, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (performance.now() < deadline) {
    if (!await isAlive(prisoner)) return true;
    await sleep(5);
  }
  return false;
}
