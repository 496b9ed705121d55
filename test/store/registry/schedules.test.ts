// deadline: 600 s
/**
 * Random things go wrong at random requests of a command. It ends, in success with the right bytes or
 * in a clear error; the tag is where it was, or on what is whole; and no secret is where it should not
 * be.
 *
 * PROPERTY_SEED, and FAULT_PATH beside it, repeat what a failure names.
 */

import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SEED } from "../../support/chance.ts";
import { fc, runs } from "../../support/properties.ts";
import { type OpenRegistry, withRegistries } from "../../support/registry.ts";
import { report } from "../../support/report.ts";
import { carryOut } from "./schedules/carry-out.ts";
import { judge, type Verdict } from "./schedules/judge.ts";
import { type Schedule, schedules } from "./schedules/schedule.ts";

const { FAULT_PATH } = process.env;
/** On each of the two runtimes: together they are ten thousand. */
const RUNS = runs(5_000);
/** So many go side by side, each lane with a seed of its own. */
const LANES = FAULT_PATH === undefined ? 12 : 1;

const verdicts: Verdict[] = [];

async function run(schedule: Schedule, open: OpenRegistry): Promise<void> {
  const verdict = await carryOut(schedule, open, judge);
  verdicts.push(verdict);
  if (verdict.complaints.length === 0) return;
  throw new Error([...verdict.complaints, verdict.message].join("\n"));
}

/** Runs one lane; returns the failure, in words. */
async function lane(seed: number, open: OpenRegistry): Promise<string[]> {
  const property = fc.asyncProperty(schedules, (schedule) => run(schedule, open));
  const found = await fc.check(property, {
    seed,
    numRuns: Math.ceil(RUNS / LANES),
    ...(FAULT_PATH !== undefined && { path: FAULT_PATH, endOnFailure: true }),
  });
  if (!found.failed) return [];
  const { counterexample, counterexamplePath, errorInstance } = found;
  return [
    `PROPERTY_SEED=${seed} FAULT_PATH=${counterexamplePath}`,
    inWords(counterexample?.[0]),
    errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
  ];
}

function inWords(schedule: Schedule | undefined): string {
  if (schedule === undefined) return "";
  const { orders, ...others } = schedule;
  return [JSON.stringify(others), ...orders.map((order) => JSON.stringify(order))].join("\n  ");
}

function counts(): string {
  const outcomes = new Map<string, number>();
  for (const { outcome } of verdicts) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  const sorted = [...outcomes].sort(([, one], [, other]) => other - one);
  return sorted.map(([outcome, count]) => `${outcome} ${count}`).join(", ");
}

test("whatever goes wrong, a command ends well or in a clear error, and the tag is whole", async () => {
  const started = performance.now();
  const failures = await withRegistries((open) =>
    Promise.all(Array.from({ length: LANES }, (_, at) => lane(SEED + at, open)))
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const sum = (of: (verdict: Verdict) => number): number =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  report([
    `${verdicts.length} fault schedules in ${seconds} s, PROPERTY_SEED=${SEED}: ${counts()}`,
    `${sum(({ requests }) => requests)} requests, ${
      sum(({ hits }) => hits)
    } of them hit by a fault`,
  ]);
  assert.is(
    failures.filter((words) => words.length > 0).map((words) => words.join("\n")).join("\n\n"),
    "",
  );
});

test.run();
