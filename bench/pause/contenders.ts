import type { Programs } from "./programs.ts";

/** One that holds a pod's namespaces, or could. */
export interface Contender {
  /** The head of its column. */
  readonly name: string;
  /** What it is, for the table's legend. */
  readonly what: string;
  /** The program by path, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** How it collects orphans: which of the two ways, or another's. */
  readonly reaps: string;
}

/** Stands in for a pod's process where an init wants one to start. */
const SLEEP = ["/bin/sleep", "infinity"] as const;

/** Ours first. */
export function contenders({ pause, loop, glibc, musl }: Programs): readonly Contender[] {
  return [
    {
      name: "pause",
      what: "ours, `bin/pause-$ARCH` as `./make build` leaves it",
      command: [pause],
      reaps: "the kernel, since SIGCHLD is ignored",
    },
    {
      name: "loop",
      what:
        "ours with the other way to reap, `bench/pause/loop.c`; it has no `-v` and says nothing, so its size is not to be compared",
      command: [loop],
      reaps: "rt_sigtimedwait, then wait4 until nobody is left",
    },
    {
      name: "glibc",
      what:
        "the same behaviour with a C library, `bench/pause/reference/pause.c`, gcc -Os, static with glibc",
      command: [glibc],
      reaps: "a handler for SIGCHLD that calls waitpid until nobody is left",
    },
    {
      name: "musl",
      what: "the same file, static with musl",
      command: [musl],
      reaps: "the same handler",
    },
    {
      name: "catatonit",
      what: "Debian's `catatonit -P`, its pause mode",
      command: ["/usr/bin/catatonit", "-P"],
      reaps: "its own loop",
    },
    {
      name: "tini",
      what:
        "Debian's `tini -- sleep infinity`. It is an init and wants a child; figures are of tini alone where they do not say otherwise",
      command: ["/usr/bin/tini", "--", ...SLEEP],
      reaps: "its own loop, which also wakes once a second",
    },
    {
      name: "dumb-init",
      what: "Debian's `dumb-init sleep infinity`, an init too; figures are of dumb-init alone",
      command: ["/usr/bin/dumb-init", ...SLEEP],
      reaps: "its own loop",
    },
  ];
}
