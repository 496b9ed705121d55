import type { Programs } from "./programs.ts";

type Command = readonly [string, ...string[]];

/** One that holds a pod's namespaces, or could. */
export interface Contender {
  /** The head of its column. */
  readonly name: string;
  /** What it is, for the table's legend. */
  readonly what: string;
  /** Who collects orphans, and how. */
  readonly reaps: string;
  /** The program by path, and its arguments. */
  readonly command: Command;
}

interface Row extends Omit<Contender, "command"> {
  readonly command: (programs: Programs) => Command;
}

/** Stands in for a pod's process where an init wants one to start. */
const SLEEP = ["/bin/sleep", "infinity"] as const;

/** Ours first. */
const ROWS: readonly Row[] = [
  {
    name: "pause",
    what: "ours, `bin/pause-$ARCH` as `./make build` leaves it",
    reaps: "the kernel, since SIGCHLD is ignored",
    command: ({ pause }) => [pause],
  },
  {
    name: "loop",
    what: "the other way to reap, freestanding, `bench/pause/loop.c`: no `-v`, no messages",
    reaps: "rt_sigtimedwait, then wait4 until nobody is left",
    command: ({ loop }) => [loop],
  },
  {
    name: "glibc",
    what: "the same behaviour with a C library, `bench/pause/reference/pause.c`, static with glibc",
    reaps: "a handler of SIGCHLD that calls waitpid until nobody is left",
    command: ({ glibc }) => [glibc],
  },
  {
    name: "musl",
    what: "the same file, static with musl",
    reaps: "the same handler",
    command: ({ musl }) => [musl],
  },
  {
    name: "catatonit",
    what: "Debian's `catatonit -P`, its pause mode",
    reaps: "its own loop",
    command: () => ["/usr/bin/catatonit", "-P"],
  },
  {
    name: "tini",
    what: "Debian's `tini -- sleep infinity`",
    reaps: "its own loop, which also wakes once a second",
    command: () => ["/usr/bin/tini", "--", ...SLEEP],
  },
  {
    name: "dumb-init",
    what: "Debian's `dumb-init sleep infinity`",
    reaps: "its own loop",
    command: () => ["/usr/bin/dumb-init", ...SLEEP],
  },
];

/** Everybody who takes part, ours first. */
export function contenders(programs: Programs): readonly Contender[] {
  return ROWS.map((row) => ({ ...row, command: row.command(programs) }));
}
