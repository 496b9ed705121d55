import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readField } from "../pause/proc.ts";
import { type Contender, timed } from "../race.ts";
import type { Runtime } from "./carrier.ts";

const KIB_PER_MIB = 1024;
/** Milliseconds between two looks. */
const EVERY = 50;

/** Writes down the most memory that processes have. */
export interface MemoryWatch {
  /** The same command, watched when it runs. */
  watched(contender: Contender): Contender;
  /** The most that any of them had resident at once, in MiB. */
  most(): number;
}

/**
 * Watches over the memory of processes: the kernel's own high-water mark of each, as it stood up to
 * 50 ms before its end.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html VmHWM
 */
export function memoryWatch(): MemoryWatch {
  const marks = new Map<number, number>();
  const look = (pid: number): void => {
    const mark = highWaterMark(pid);
    if (mark === undefined) return;
    // The last look counts: before its exec a child still has the mark of its parent.
    marks.set(pid, mark);
    setTimeout(look, EVERY, pid);
  };
  return {
    watched: (contender) => ({ ...contender, onStart: look }),
    most: () => Math.max(...marks.values()),
  };
}

/** In MiB; undefined when the process has ended. */
function highWaterMark(pid: number): number | undefined {
  try {
    return readField(readFileSync(`/proc/${pid}/status`, "utf8"), "VmHWM") / KIB_PER_MIB;
  } catch {
    return undefined;
  }
}

/**
 * What a process of the runtime has that waits for a second, in MiB.
 * @param dir takes the program that it runs
 */
export async function idle(dir: string, runtime: Runtime): Promise<number> {
  const program = join(dir, "wait.mjs");
  await writeFile(program, "setTimeout(() => {}, 1000);\n");
  const watch = memoryWatch();
  await timed(watch.watched(runtime(program)));
  return watch.most();
}
