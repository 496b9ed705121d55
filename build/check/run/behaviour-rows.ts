import { isRestless, type Orphans, type Printed, type Stopped } from "./behaviour.ts";
import { type Row, row } from "../row.ts";

/** What a program does as the first process of a PID namespace, where the signal rules are others. */
const PID_1 = "https://man7.org/linux/man-pages/man7/pid_namespaces.7.html";

const UPSTREAM = "https://github.com/kubernetes/kubernetes/blob/master/build/pause/linux/pause.c";

/** What holds for a program that runs, as process 1 of a PID namespace of its own. */
export const BEHAVIOUR_ROWS: readonly Row[] = [
  row({
    id: "version",
    states: '-v prints "pause.c" and a version on stdout, and ends with 0',
    why: "It is how people find out which pause a node runs.",
    link: UPSTREAM,
    os: "linux",
    needs: ["version"],
    check: ({ version }) => versionFault(version),
  }),
  row({
    id: "version-anywhere",
    states: "-V does the same, also between other arguments",
    why: "Upstream's looks at every argument, and at none of their cases.",
    link: UPSTREAM,
    os: "linux",
    after: "version",
    needs: ["versionAnywhere"],
    check: ({ versionAnywhere }) => versionFault(versionAnywhere),
  }),
  row({
    id: "stays",
    states: "it goes on running when there is nothing to do",
    why: "When it ends, the pod's sandbox is gone, and the pod is made anew.",
    os: "linux",
    needs: ["idle"],
    check: ({ idle }) =>
      idle.ended === undefined ? undefined : `it ended with ${idle.ended} by itself`,
  }),
  row({
    id: "asleep",
    states: "it sleeps while there is nothing to do: no processor time, no wake-up",
    why: "There is one for each pod. What it takes is taken a hundred times on a node.",
    os: "linux",
    after: "stays",
    needs: ["idle"],
    check: ({ idle }) => {
      const { state, ticks, wakeUps, milliseconds } = idle;
      if (!isRestless(idle)) return undefined;
      return `in ${milliseconds} ms it took ${ticks * 10} ms of processor time and woke up ` +
        `${wakeUps} times; its state is ${state}`;
    },
  }),
  row({
    id: "reaps",
    states: "it reaps every orphan, also when many end at once",
    why:
      "With a shared PID namespace it adopts the orphans of all containers. Zombies fill the process table.",
    link: PID_1,
    os: "linux",
    needs: ["orphans"],
    check: ({ orphans }) => zombieFault(orphans),
  }),
  row({
    id: "reaps-early",
    states: "it reaps the orphans that had ended before it began to watch for them",
    why: "Their SIGCHLD came too early to be seen; only asking once at the start finds them.",
    link: PID_1,
    os: "linux",
    after: "reaps",
    needs: ["early"],
    check: ({ early }) => zombieFault(early),
  }),
  row({
    id: "outlives",
    states: "other signals do not end it, and it goes on after SIGSTOP and SIGCONT",
    why: "Tools that mean the containers signal every process of a shared PID namespace.",
    link: PID_1,
    os: "linux",
    needs: ["outlived"],
    check: ({ outlived: { lethal } }) => lethal && `${lethal} ended it`,
  }),
  row({
    id: "sigterm",
    states: "SIGTERM ends it with 0 within a second",
    why:
      "It is how a pod is stopped. A process 1 without a handler never sees the signal, and the pod hangs until it is killed.",
    link: PID_1,
    os: "linux",
    needs: ["terminated"],
    check: ({ terminated }) => stopFault(terminated),
  }),
  row({
    id: "sigint",
    states: "SIGINT ends it with 0 within a second",
    why: "It is how Ctrl-C ends it, and some runtimes' stop signal.",
    link: PID_1,
    os: "linux",
    needs: ["interrupted"],
    check: ({ interrupted }) => stopFault(interrupted),
  }),
  row({
    id: "closed-outputs",
    states: "SIGTERM ends it with 0 within a second also when stdout and stderr are closed",
    why:
      "Runtimes may give the sandbox none. A message that cannot be written is no reason to fail.",
    os: "linux",
    after: "sigterm",
    needs: ["closed"],
    check: ({ closed }) => stopFault(closed),
  }),
];

function versionFault({ exitCode, stdout }: Printed): string | undefined {
  if (exitCode === undefined) return "it did not end";
  if (exitCode !== 0) return `it ended with ${exitCode}`;
  return /^pause\.c \S+\n$/.test(stdout) ? undefined : `it printed ${quote(stdout)}`;
}

function zombieFault({ adopted, zombies }: Orphans): string | undefined {
  return zombies === 0 ? undefined : `${zombies} of ${adopted} orphans stay zombies`;
}

function stopFault({ exitCode, milliseconds }: Stopped): string | undefined {
  if (exitCode === undefined) return `it still ran ${milliseconds} ms later`;
  return exitCode === 0 ? undefined : `it ended with ${exitCode}`;
}

/** A stranger's output: short, and without what could steer a terminal. */
function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
