import { readdir, readFile } from "node:fs/promises";

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

/** The process of that number; undefined when there is none. */
export async function processOf(pid: number): Promise<Process | undefined> {
  const moment = await momentOf(pid);
  return moment && { pid, started: moment.started };
}

/**
 * What the process does now; undefined when there is none of that number.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export async function momentOf(pid: number): Promise<Moment | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name may hold anything, parentheses included.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const number = (at: number): number => Number(fields[at - 3]);
  if (fields.length < 20) return undefined;
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

/** The name of the program that the process executes, at most 15 characters. */
export async function commOf({ pid }: Process): Promise<string | undefined> {
  return await readFile(`/proc/${pid}/comm`, "utf8").then((name) => name.trim(), () => undefined);
}

/** The process's children, zombies included. */
export async function childrenOf({ pid }: Process): Promise<Moment[]> {
  const numbers = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(numbers.map(momentOf));
  return all.flatMap((moment) => moment?.parent === pid ? [moment] : []);
}

/** How often the process's threads went to sleep so far. */
export async function sleepsOf({ pid }: Process): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const counts = await Promise.all(threads.map(async (thread) => {
    const status = await readFile(`/proc/${pid}/task/${thread}/status`, "utf8").catch(() => "");
    return Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  }));
  return counts.reduce((sum, count) => sum + count, 0);
}
