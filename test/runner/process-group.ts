import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/** A process of a group. */
export interface Member {
  readonly pid: number;
  readonly command: string;
}

/** Milliseconds between SIGTERM and SIGKILL, in which servers may put away what they hold. */
const GRACE = 3_000;

/**
 * The living processes of the session that `leader` leads, itself included: all that it started
 * and that did not go and lead a session of its own. Without /proc, none are known.
 */
export function members(leader: number): Member[] {
  return processIds().flatMap((pid) => {
    const stat = read(`/proc/${pid}/stat`);
    // The name stands in parentheses and may hold any character: the numbers follow the last one.
    const [state, , , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(session) !== leader || state === "Z" || state === "X") return [];
    const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
    return [{ pid, command: command || stat }];
  });
}

/** Waits until `leader` and its session are gone. @returns those that are not after `milliseconds` */
export async function gone(leader: number, milliseconds: number): Promise<Member[]> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const left = members(leader);
    if (left.length === 0 || performance.now() > deadline) return left;
    await sleep(20);
  }
}

/** Ends `leader` and its session: SIGTERM, and SIGKILL for those that are still there a while later. */
export async function endGroup(leader: number): Promise<void> {
  signal(-leader, "SIGTERM");
  for (const { pid } of members(leader)) signal(pid, "SIGTERM");
  for (const { pid } of await gone(leader, GRACE)) signal(pid, "SIGKILL");
  signal(-leader, "SIGKILL");
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended in the meantime.
  }
}

function processIds(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
