import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program that was started and fell asleep, as starter.c tells of it. */
export interface Start {
  readonly pid: number;
  /** From execve to asleep, nanoseconds. */
  readonly time: number;
  /** By how much less it may have been, nanoseconds. */
  readonly late: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
}

export interface StartOptions {
  /** The starter as compiled. */
  readonly starter: string;
  /** The program by path, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** How many, one after the other. @default 1 */
  readonly count?: number;
  /** Files `cgroup.procs` of the groups that all of them are to be in. @default none */
  readonly groups?: readonly string[];
  /** Words before the starter's own, such as a tracer. @default none */
  readonly prefix?: readonly string[];
}

/**
 * Starts programs, each as the first process of a PID namespace, and gives them to `use` when all
 * are asleep. They are ended afterwards.
 *
 * @param prepare is called when the starter is there and nothing else yet
 */
export async function withStarted<T, P>(
  options: StartOptions,
  prepare: () => Promise<P>,
  use: (starts: Start[], prepared: P) => Promise<T>,
): Promise<T> {
  const { starter, command, count = 1, groups = [], prefix = [] } = options;
  const joins = groups.flatMap((group) => ["-g", group]);
  return await converse([...prefix, starter, ...joins, `${count}`, ...command], prepare, use);
}

/** Starts programs one after the other for their times alone, ours and theirs on two processors. */
export async function timeStarts(options: StartOptions): Promise<Start[]> {
  const { starter, command, count = 1 } = options;
  const words = [starter, "-t", `${count}`, ...command];
  return await converse(words, () => Promise.resolve(), (starts) => Promise.resolve(starts));
}

/** @throws Error when the line is not one of the starter's */
export function readStart(line: string): Start {
  const numbers = line.split(" ").map(Number);
  const [pid, time, late, minorFaults, majorFaults] = numbers;
  if (numbers.length !== 5 || numbers.some(Number.isNaN)) {
    throw new Error(`The starter said "${line}"`);
  }
  return { pid, time, late, minorFaults, majorFaults } as Start;
}

async function converse<T, P>(
  words: readonly string[],
  prepare: () => Promise<P>,
  use: (starts: Start[], prepared: P) => Promise<T>,
): Promise<T> {
  const [program = "", ...rest] = words;
  const child = spawn(program, rest, { stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(child, "close");
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => complaint += text);
  // Writing to a starter that has failed is no news: its complaint is.
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done !== true) return value;
    await ended;
    throw new Error(`Cannot start ${words.join(" ")}: ${complaint.trim() || "it ended early"}`);
  };
  try {
    await next();
    const prepared = await prepare();
    child.stdin.write("\n");
    const starts: Start[] = [];
    for (let line = await next(); line !== "done"; line = await next()) {
      starts.push(readStart(line));
    }
    return await use(starts, prepared);
  } finally {
    child.stdin.end();
    await ended;
  }
}
