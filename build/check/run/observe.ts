import { isRestless, type Printed } from "./behaviour.ts";
import { confine, type Confined, type Prisoner } from "./cage.ts";
import { endsWithin, isInTime, type Life, type Plan, type Watched, watchLife } from "./life.ts";
import type { Facts } from "../row.ts";

/** What is to be run. */
export interface Subject extends Pick<Prisoner, "program" | "emulator"> {
  /** The arguments that the image gives it. */
  readonly arguments: readonly string[];
  /** Those of them that stay when it is given others: the entry point's, without the command's. */
  readonly ownArguments: readonly string[];
}

/** The facts that are found by running a program. */
export const BEHAVIOURS = [
  "version",
  "versionAnywhere",
  "idle",
  "early",
  "orphans",
  "outlived",
  "terminated",
  "interrupted",
  "closed",
] as const;

type Behaviour = Pick<Facts, typeof BEHAVIOURS[number]>;

/** What was seen, and the reason why the rest was not. */
export interface Observed {
  readonly known: Partial<Behaviour>;
  readonly missing: string;
}

/** Milliseconds in which a program must have said its version: emulators start slowly. */
const PATIENCE = 3000;

/** How many orphans a program adopts. */
const ORPHANS = 24;

/**
 * Signals that process 1 does not get unless it asks for them. QEMU asks for all that end programs,
 * and then hangs, so under it only those are sent that it does not ask for.
 */
const OUTLIVES = {
  native: ["SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGWINCH"],
  emulated: ["SIGWINCH", "SIGURG"],
} as const;

/**
 * Runs a program five times, confined as {@link confine} says: once to see how it lives, and then,
 * if it has slept, twice for its version, for SIGINT, and for SIGTERM with its outputs closed.
 *
 * @throws PauseError as {@link confine} does
 */
export async function observe(subject: Subject, signal?: AbortSignal): Promise<Observed> {
  const life = await live(subject, firstLife(subject), {}, signal);
  if (life.unable !== undefined) return { known: {}, missing: life.unable };
  const known = {
    ...(life.idle && { idle: life.idle }),
    ...(life.early && { early: life.early }),
    ...(life.orphans && life.orphans.adopted > 0 && { orphans: life.orphans }),
    ...(life.outlived && { outlived: life.outlived }),
    ...(life.stopped && { terminated: life.stopped }),
  };
  if (!life.idle || isRestless(life.idle)) {
    return { known, missing: "it was run only once, because it did not sleep" };
  }
  const [version, versionAnywhere, second, third] = await Promise.all([
    askVersion(subject, ["-v"], signal),
    askVersion(subject, ["first", "-V", "last"], signal),
    live(subject, { stop: "SIGINT" }, {}, signal),
    live(subject, { stop: "SIGTERM" }, { closed: true }, signal),
  ]);
  return {
    known: {
      ...known,
      ...(!("unable" in version) && { version }),
      ...(!("unable" in versionAnywhere) && { versionAnywhere }),
      ...(second.stopped && { interrupted: second.stopped }),
      ...(third.stopped && { closed: third.stopped }),
    },
    missing: second.unable ?? third.unable ?? "it had ended before",
  };
}

function firstLife({ emulator }: Subject): Plan {
  const signals = OUTLIVES[emulator ? "emulated" : "native"];
  return { stop: "SIGTERM", orphans: true, outlives: [...signals, "SIGSTOP", "SIGCONT"] };
}

async function askVersion(
  { program, emulator, ownArguments }: Subject,
  words: readonly string[],
  signal?: AbortSignal,
): Promise<Printed | Extract<Confined, { unable: string }>> {
  let inTime = true;
  const confined = await confine(
    { program, arguments: [...ownArguments, ...words], ...(emulator && { emulator }) },
    async (prisoner) => {
      inTime = await endsWithin(prisoner, PATIENCE);
    },
    signal,
  );
  if (inTime || "unable" in confined) return confined;
  return { stdout: confined.stdout, stderr: confined.stderr };
}

async function live(
  { program, emulator, arguments: words }: Subject,
  plan: Plan,
  options: Pick<Prisoner, "closed">,
  signal?: AbortSignal,
): Promise<Life & { readonly unable?: string }> {
  const life: Watched = {};
  const orphans = plan.orphans ? ORPHANS : 0;
  const confined = await confine(
    { program, arguments: words, orphans, ...(emulator && { emulator }), ...options },
    (prisoner) => watchLife(prisoner, plan, life, signal),
    signal,
  );
  if ("unable" in confined) return confined;
  const { exitCode } = confined;
  const { idle, stopped } = life;
  if (stopped) return { ...life, stopped: { ...stopped, ...(isInTime(stopped) && { exitCode }) } };
  // It ended by itself before it had been watched for a while.
  if (!idle) {
    return { idle: { milliseconds: 0, state: "X", ticks: 0, wakeUps: 0, ended: exitCode } };
  }
  return life;
}
