import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { systemCode } from "../../error.ts";

/** A process of this machine. Its number alone may soon be another's. */
export interface Process {
  readonly pid: number;
  /** When it was started, in clock ticks since the machine was. */
  readonly started: number;
}

/** What proc(5) says of a process at a moment. */
export interface Moment extends Process {
  readonly parent: number;
  /** R, S, D, Z, T, … */
  readonly state: string;
  /** Processor time so far, in clock ticks of 10 ms. */
  readonly ticks: number;
}

/**
 * What the process of that number does now; undefined when there is none, or /proc cannot be read.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export async function momentOf(pid: number): Promise<Moment | undefined> {
  const text = await readText(`/proc/${pid}/stat`);
  // The name may hold anything, parentheses included.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 20) return undefined;
  const number = (at: number): number => Number(fields[at - 3]);
  return {
    pid,
    state: fields[0] ?? "",
    parent: number(4),
    ticks: number(14) + number(15),
    started: number(22),
  };
}

/** Whether the process has not ended, a zombie being one that has. */
export async function isAlive({ pid, started }: Process): Promise<boolean> {
  const now = await momentOf(pid);
  return now !== undefined && now.started === started && !["Z", "X"].includes(now.state);
}

/** Sends a signal, unless the process has ended meanwhile. */
export async function send(to: Process, signal: NodeJS.Signals): Promise<void> {
  if (!await isAlive(to)) return;
  try {
    process.kill(to.pid, signal);
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error;
  }
}

/** The name of the program that the process executes, at most 15 characters. */
export async function commOf({ pid }: Process): Promise<string> {
  return (await readText(`/proc/${pid}/comm`)).trim();
}

/** The process's children, zombies included. */
export async function childrenOf({ pid }: Process): Promise<Moment[]> {
  const all = await Promise.all((await processes()).map(momentOf));
  return all.flatMap((moment) => moment?.parent === pid ? [moment] : []);
}

/** How often the process's threads went to sleep so far. */
export async function sleepsOf({ pid }: Process): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const counts = await Promise.all(
    threads.map(async (thread) =>
      Number(statusField(await readText(`/proc/${pid}/task/${thread}/status`), SLEEPS) ?? 0)
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

const SLEEPS = "voluntary_ctxt_switches";

/** How many threads of a user there are. */
export async function threadsOf(user: number): Promise<number> {
  const counts = await Promise.all((await processes()).map(async (pid) => {
    const status = await readText(`/proc/${pid}/status`);
    const isTheirs = Number(statusField(status, "Uid")) === user;
    return isTheirs ? Number(statusField(status, "Threads") ?? 0) : 0;
  }));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function statusField(status: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1];
}

async function processes(): Promise<number[]> {
  const names = await readdir("/proc").catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Processes end while one looks at them: their files are gone then. */
async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}
