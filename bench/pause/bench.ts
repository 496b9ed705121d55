import { access } from "node:fs/promises";
import process from "node:process";
import type { Stage } from "../stage.ts";
import { asleep } from "./asleep.ts";
import { type Contender, contenders } from "./contenders.ts";
import { crowd } from "./crowd.ts";
import type { Findings } from "./findings.ts";
import { idle } from "./idle.ts";
import { reap } from "./orphans.ts";
import { makePrograms } from "./programs.ts";
import { sizeOf } from "./size.ts";
import { startCalls, startTimes } from "./start.ts";

/** How much is done. */
export interface Effort {
  /** Starts on the clock: so many rounds, and so many in each. */
  readonly rounds: number;
  readonly perRound: number;
  /** Starts whose memory is read. */
  readonly sleeps: number;
  readonly idleSeconds: number;
  /** Orphans for ours, and for each of the others. Multiples of 4. */
  readonly orphans: number;
  readonly othersOrphans: number;
  readonly crowd: number;
}

export const FULL: Effort = {
  rounds: 40,
  perRound: 25,
  sleeps: 200,
  idleSeconds: 10,
  orphans: 1_000_000,
  othersOrphans: 100_000,
  crowd: 1000,
};

export const QUICK: Effort = {
  rounds: 3,
  perRound: 10,
  sleeps: 40,
  idleSeconds: 2,
  orphans: 8000,
  othersOrphans: 4000,
  crowd: 100,
};

/** Tells how far it has come. */
export type Tell = (step: string) => void;

/**
 * Measures every contender.
 *
 * @returns ours first
 * @throws Error when it is not root's, or when something is missing or fails
 */
export async function measureAll(
  stage: Stage,
  effort: Effort,
  tell: Tell,
): Promise<[Findings, ...Findings[]]> {
  if (process.getuid?.() !== 0) throw new Error("It needs root: only root makes PID namespaces.");
  tell("compiling");
  const programs = await makePrograms(stage);
  const all = contenders(programs);
  await Promise.all(all.map(isThere));
  tell(`starting, ${effort.rounds} rounds`);
  const starts = await startTimes(programs.starter, all, effort.rounds, effort.perRound);
  tell(`idle, ${effort.idleSeconds} s`);
  const idles = await idle(programs.starter, all, effort.idleSeconds);
  const findings: Findings[] = [];
  for (const [index, contender] of all.entries()) {
    const orphans = index === 0 ? effort.orphans : effort.othersOrphans;
    const { name, what, reaps, command: [program] } = contender;
    const [start, still] = [starts[index], idles[index]];
    if (!start || !still) throw new Error(`${name} was not measured.`);
    tell(`${name}: memory, system calls, ${effort.crowd} at once, ${orphans} orphans`);
    findings.push({
      name,
      what,
      reaps,
      size: await sizeOf(program),
      asleep: await asleep(programs.starter, contender, effort.sleeps),
      calls: await startCalls(programs.starter, contender, stage.dir),
      start,
      idle: still,
      crowd: await crowd(programs.starter, contender, effort.crowd),
      reaping: await reap(programs, contender, orphans),
    });
  }
  return findings as [Findings, ...Findings[]];
}

async function isThere({ name, command: [program] }: Contender): Promise<void> {
  await access(program).catch(() => {
    throw new Error(`There is no ${program}. Debian's package ${name} has it: see test/setup.sh.`);
  });
}
