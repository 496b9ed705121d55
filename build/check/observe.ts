import type { Printed } from "./behaviour.ts";
import { confine, type Confined, type Prisoner } from "./cage.ts";
import { endsWithin, isInTime, type Life, type Plan, type Watched, watchLife } from "./life.ts";
import type { Facts } from "./row.ts";

/** What is to be run. */
export interface Subject extends Pick<Prisoner, "program" | "emulator"> {
  /** The arguments that the image gives it. */
  readonly arguments: readonly string[];
  /** Those of them that stay when it is given others: the entry point's, without the command's. */
  readonly ownArguments: readonly string[];
}

/** The facts that are found by running a program. */
export const BEHAVIOURS: readonly (keyof Behaviour)[] = [
  "version",
  "versionAnywhere",
  "idle",
  "early",
  "orphans",
  "outlived",
  "terminated",
  "interrupted",
  "closed",
];

type Behaviour = Pick<
  Facts,
  | "version"
  | "versionAnywhere"
  | "idle"
  | "early"
  | "orphans"
  | "outlived"
  | "terminated"
  | "interrupted"
  | "closed"
>;

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
 * Runs a program five times, confined as {@link confine} says: twice for its version, and for each
 * of the signals that end it, the last time with its outputs closed.
 *
 * @throws PauseError as {@link confine} does
 */
export async function observe(subject: Subject, signal?: AbortSignal): Promise<Observed> {
  const outlives = [...OUTLIVES[subject.emulator ? "emulated" : "native"], "SIGSTOP", "SIGCONT"];
  const [version, versionAnywhere, first, second, third] = await Promise.all([
    askVersion(subject, ["-v"], signal),
    askVersion(subject, ["first", "-V", "last"], signal),
    live(
      subject,
      { stop: "SIGTERM", orphans: true, outlives: outlives as NodeJS.Signals[] },
      {},
      signal,
    ),
    live(subject, { stop: "SIGINT" }, {}, signal),
    live(subject, { stop: "SIGTERM" }, { closed: true }, signal),
  ]);
  if ("unable" in version) return { known: {}, missing: version.unable };
  const { idle, early, orphans, outlived, stopped } = first;
  return {
    known: {
      version,
      ...(!("unable" in versionAnywhere) && { versionAnywhere }),
      ...(idle && { idle }),
      ...(early && { early }),
      ...(orphans && { orphans }),
      ...(outlived && { outlived }),
      ...(stopped && { terminated: stopped }),
      ...(second.stopped && { interrupted: second.stopped }),
      ...(third.stopped && { closed: third.stopped }),
    },
    missing: [first, second, third].find(({ unable }) => unable)?.unable ?? "it had ended before",
  };
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
