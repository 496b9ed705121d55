import { access } from "node:fs/promises";
import process from "node:process";
import type { Stage } from "../stage.ts";
import { asleep } from "./asleep.ts";
import { type Contender, contenders } from "./contenders.ts";
import { crowd } from "./crowd.ts";
import type { Findings } from "./findings.ts";
import { idle } from "./idle.ts";
import { addUp, reap, type Reaping } from "./orphans.ts";
import { makePrograms, type Programs } from "./programs.ts";
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
  /** Laps of reaping, and the orphans of each. A multiple of 4. */
  readonly laps: number;
  readonly orphans: number;
  /** Orphans that one process of ours reaps. A multiple of 4. */
  readonly endurance: number;
  readonly crowd: number;
}

export const FULL: Effort = {
  rounds: 40,
  perRound: 25,
  sleeps: 200,
  idleSeconds: 10,
  laps: 5,
  orphans: 20_000,
  endurance: 1_000_000,
  crowd: 1000,
};

export const QUICK: Effort = {
  rounds: 3,
  perRound: 10,
  sleeps: 40,
  idleSeconds: 2,
  laps: 2,
  orphans: 2000,
  endurance: 8000,
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
  const { starter } = programs;
  const all = contenders(programs);
  await Promise.all(all.map(isThere));
  tell(`${effort.rounds * effort.perRound} starts of each`);
  const starts = await startTimes(starter, all, effort.rounds, effort.perRound);
  tell(`${effort.idleSeconds} s of idling`);
  const idles = await idle(starter, all, effort.idleSeconds);
  tell(`${effort.laps * effort.orphans} orphans for each`);
  const reapings = await reapInTurns(programs, all, effort);
  const findings: Findings[] = [];
  for (const [index, contender] of all.entries()) {
    const { name, what, reaps, command: [program] } = contender;
    const [start, still, reaping] = [starts[index], idles[index], reapings[index]];
    if (!start || !still || !reaping) throw new Error(`${name} was not measured.`);
    tell(`${name}: memory of one and of ${effort.crowd}, system calls`);
    findings.push({
      name,
      what,
      reaps,
      size: await sizeOf(program),
      asleep: await asleep(starter, contender, effort.sleeps),
      calls: await startCalls(starter, contender, stage.dir),
      start,
      idle: still,
      reaping,
      crowd: await crowd(starter, contender, effort.crowd),
    });
  }
  const [ours, ...peers] = findings as [Findings, ...Findings[]];
  tell(`${effort.endurance} orphans for one process of ours`);
  const [us] = all as [Contender, ...Contender[]];
  return [{ ...ours, endurance: await reap(programs, us, effort.endurance) }, ...peers];
}

/** What else the machine does meets all of them, so that they can be compared. */
async function reapInTurns(
  programs: Programs,
  all: readonly Contender[],
  { laps, orphans }: Effort,
): Promise<Reaping[]> {
  const lanes = all.map((contender) => ({ contender, reapings: [] as Reaping[] }));
  for (let lap = 0; lap < laps; lap++) {
    for (const { contender, reapings } of lap % 2 === 0 ? lanes : lanes.toReversed()) {
      reapings.push(await reap(programs, contender, orphans));
    }
  }
  return lanes.map(({ reapings }) => addUp(reapings));
}

async function isThere({ name, command: [program] }: Contender): Promise<void> {
  await access(program).catch(() => {
    throw new Error(`There is no ${program}. Debian's package ${name} has it: see test/setup.sh.`);
  });
}
