import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { filesIn, makeTemporary } from "./folder.ts";
import { endGroup, gone } from "./process-group.ts";
import type { Ended } from "./verdict.ts";

export interface ProcessOptions {
  readonly cwd: string;
  /** A folder of its own: its TMPDIR is made there, and its output kept. */
  readonly folder: string;
  /** Seconds. */
  readonly deadline: number;
}

/** Milliseconds that other processes get to end by themselves once the first one has ended. */
const PATIENCE = 1_000;

const leaders = new Set<number>();

/** Ends every process that {@link runProcess} has running, with all that they started. */
export async function endAll(): Promise<void> {
  await Promise.all([...leaders].map(endGroup));
}

/** Runs a command as the leader of a session, and ends the session with it, or at the deadline. */
export async function runProcess(
  command: readonly [string, ...string[]],
  { cwd, folder, deadline }: ProcessOptions,
): Promise<Ended> {
  const temporary = join(folder, "tmp");
  const outputFile = join(folder, "output");
  makeTemporary(temporary);
  const started = performance.now();
  const { leader, exited } = await start(command, cwd, temporary, outputFile);
  leaders.add(leader);
  try {
    const isLate = await outlasts(exited, deadline * 1_000);
    if (isLate) await endGroup(leader);
    const exitCode = await exited;
    const milliseconds = performance.now() - started;
    return {
      exitCode,
      output: readFileSync(outputFile, "utf8"),
      milliseconds,
      ...(isLate && { missedDeadline: deadline }),
      leftBehind: isLate ? [] : [...await processesOf(leader), ...filesIn(temporary)],
    };
  } finally {
    await endGroup(leader);
    leaders.delete(leader);
  }
}

interface Started {
  readonly leader: number;
  /** The exit code; undefined when a signal ended it. */
  readonly exited: Promise<number | undefined>;
}

async function start(
  [program, ...words]: readonly [string, ...string[]],
  cwd: string,
  temporary: string,
  outputFile: string,
): Promise<Started> {
  const output = openSync(outputFile, "w");
  const child = spawn(program, words, {
    cwd,
    env: { ...process.env, TMPDIR: temporary, NO_COLOR: "1", FORCE_COLOR: undefined },
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  const exited = once(child, "exit").then(([code]) => code ?? undefined);
  // Without a process there is only the error that `exited` fails with.
  if (child.pid === undefined) throw await exited;
  return { leader: child.pid, exited };
}

async function outlasts(exited: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<true>((resolve) =>
    timer = setTimeout(() => resolve(true), milliseconds)
  );
  const isLate = await Promise.race([late, exited.then(() => false)]);
  clearTimeout(timer);
  return isLate;
}

async function processesOf(leader: number): Promise<string[]> {
  return (await gone(leader, PATIENCE)).map(({ pid, command }) => `the process ${pid}, ${command}`);
}
