/** What the kernel says of a process: readers of /proc/PID/…, see proc(5). */
import { readdir, readFile } from "node:fs/promises";

/** A moment of a process: what it has used up to now. */
export interface Usage {
  /** How often it went to sleep, which is once more than it was woken. */
  readonly voluntary: number;
  /** How often another process took its place while it would have gone on. */
  readonly involuntary: number;
  /** Time on a processor, nanoseconds. */
  readonly cpu: number;
}

/** What a process has in memory, KiB. */
export interface Memory {
  readonly rss: number;
  /** Its own pages, and of pages that several processes map its share. */
  readonly pss: number;
  /** Page tables of the lowest level. */
  readonly pageTables: number;
}

/**
 * The number that follows `name:` in the lines of a /proc file.
 *
 * @throws Error when there is none
 */
export function readField(text: string, name: string): number {
  const line = text.split("\n").find((line) => line.startsWith(`${name}:`));
  const [, digits] = /^[^:]*:\s*(\d+)( kB)?$/.exec(line ?? "") ?? [];
  if (digits === undefined) throw new Error(`There is no number "${name}" in:\n${text}`);
  return Number(digits);
}

/** The state (`S` asleep, `Z` dead and not reaped) and the parent, of /proc/PID/stat. */
export function readStat(text: string): { state: string; parent: number } {
  // The program's name stands in brackets and may have brackets and spaces itself.
  const [state = "", parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (!/^[A-Za-z]$/.test(state)) throw new Error(`There is no state in "${text}"`);
  return { state, parent: Number(parent) };
}

/** Reads /proc/PID/schedstat (its first number) and /proc/PID/status. */
export async function usageOf(pid: number): Promise<Usage> {
  const [status, schedstat] = await Promise.all([
    readFile(`/proc/${pid}/status`, "utf8"),
    readFile(`/proc/${pid}/schedstat`, "utf8"),
  ]);
  return {
    voluntary: readField(status, "voluntary_ctxt_switches"),
    involuntary: readField(status, "nonvoluntary_ctxt_switches"),
    cpu: Number(schedstat.split(" ")[0]),
  };
}

/** What a process used between two moments. */
export function usageBetween(before: Usage, after: Usage): Usage {
  return {
    voluntary: after.voluntary - before.voluntary,
    involuntary: after.involuntary - before.involuntary,
    cpu: after.cpu - before.cpu,
  };
}

/** Reads /proc/PID/smaps_rollup and /proc/PID/status. */
export async function memoryOf(pid: number): Promise<Memory> {
  const [rollup, status] = await Promise.all([
    readFile(`/proc/${pid}/smaps_rollup`, "utf8"),
    readFile(`/proc/${pid}/status`, "utf8"),
  ]);
  return {
    rss: readField(rollup, "Rss"),
    pss: readField(rollup, "Pss"),
    pageTables: readField(status, "VmPTE"),
  };
}

/** The children of a process, dead ones that are not reaped yet included, with their states. */
export async function childrenOf(pid: number): Promise<{ pid: number; state: string }[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => {
    // It may be gone by now.
    const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
    return text === undefined ? [] : [{ pid, ...readStat(text) }];
  }));
  return found.flat().filter(({ parent }) => parent === pid)
    .map(({ pid, state }) => ({ pid, state }));
}
