import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Job,
  needsOf,
  OURS,
  type Workflow,
  workflowsIn,
} from "../support/workflow/workflow.ts";

const WORKFLOWS = workflowsIn(OURS);

function workflow(name: string): Workflow {
  const found = WORKFLOWS.find(({ path }) => path === `${OURS}/${name}`);
  if (found === undefined) throw new Error(`There is no ${name}`);
  return found;
}

const { jobs } = workflow("release.yml");

/** Every job that a job of the release waits for, directly or not. */
function allBefore(job: Job): string[] {
  const direct = needsOf(job);
  return [...new Set([...direct, ...direct.flatMap((id) => allBefore(jobs[id] ?? {}))])].sort();
}

const canWrite = ({ permissions = {} }: Job): boolean =>
  Object.values(permissions).includes("write");

const publishing = Object.entries(jobs).filter(([, job]) => canWrite(job));

test("nothing is published before all checks have passed and all is made", () => {
  assert.equal(publishing.map(([id]) => id), ["image", "npm", "jsr", "release"]);
  for (const [id, job] of publishing) {
    const before = allBefore(job);
    for (const check of ["check", "ci", "dist", "make"]) assert.ok(before.includes(check), id);
  }
});

test("the release comes when everything that it tells of is there", () => {
  assert.equal(allBefore(jobs.release ?? {}), [
    ...["check", "ci", "dist", "image", "jsr", "make", "npm"],
  ]);
});

test("what publishes does so in the environment that people approve", () => {
  assert.equal(publishing.map(([, job]) => job.environment), publishing.map(() => "release"));
});

test("no job goes on after a failure before it", () => {
  const conditions = WORKFLOWS.flatMap(({ jobs }) => Object.values(jobs))
    .flatMap((job) => [job.if ?? "", ...(job.steps ?? []).map((step) => step.if ?? "")]);
  assert.equal(conditions.filter((text) => /\b(always|failure|cancelled)\(/.test(text)), []);
});

test("CI runs README's test command, and the unit tests on every system and runtime", () => {
  const ci = workflow("ci.yml");
  const scripts = Object.values(ci.jobs).flatMap(({ steps = [] }) => steps)
    .map(({ run = "" }) => run);
  // .ci/run is held to README by test/house/ci.test.ts.
  assert.ok(scripts.includes(".ci/run"));
  assert.equal(ci.jobs.node?.strategy?.matrix.node, [20, 22, 24]);
  const systems = ci.jobs.systems?.strategy?.matrix.system?.map(String) ?? [];
  assert.equal(systems.map((system) => system.replace(/-.*/, "")), ["macos", "windows"]);
  assert.is(scripts.filter((script) => script.includes("deno task test --unit")).length, 2);
});

test("CI's gate is deno task ok, without the tests", () => {
  const { tasks } = JSON.parse(readFileSync("deno.json", "utf8")) as { tasks: { ok: string } };
  const scripts = (workflow("ci.yml").jobs.gate?.steps ?? []).map(({ run = "" }) => run)
    .filter((script) => script.startsWith("npx ")).map((script) => script.replace("npx ", ""));
  assert.equal([...scripts, "deno task test"], tasks.ok.split(" && "));
});

test.run();
