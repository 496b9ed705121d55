import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { type Command, run } from "../../../build/host/process.ts";
import { type Contexts, filledIn, isWanted, type Status } from "./expressions.ts";
import { inputVariables, makeFiles, readText, readValues } from "./files.ts";
import { isOurAction, type Job, readAction, type Step, type Workflow } from "./workflow.ts";

/** The file that GitHub starts for our action. */
const BUNDLE = "dist/action/index.cjs";

/** Does what somebody else's action does, as far as the steps after it need it. */
export type StandIn = (inputs: Readonly<Record<string, string>>, place: Place) => Promise<void>;

/** Where a job runs. */
export interface Place {
  /** The folder that steps begin in. */
  readonly workspace: string;
  readonly home: string;
  /** For files of the runner. */
  readonly temp: string;
}

/** What a job is run with. */
export interface JobOptions {
  /** `vars`, `secrets`, `inputs`, `github` … as far as the job reads them. */
  readonly contexts: Contexts;
  /** By name, without the version: `actions/checkout`. An action that is not here stops the job. */
  readonly standIns?: Readonly<Record<string, StandIn>>;
  /** Put before PATH: programs that stand in for others. */
  readonly path?: string;
  /** What the environment of each step has beyond what all runners have. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a job went. */
export interface JobRun {
  readonly status: Status;
  /** The steps that ran, by their names, in order. */
  readonly ran: readonly string[];
  /** Of the job. */
  readonly outputs: Readonly<Record<string, string>>;
  /** All that the steps printed. */
  readonly log: string;
  /** What they wrote for the page of the run. */
  readonly summary: string;
}

interface StepRun {
  readonly status: Status;
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
  readonly summary: string;
}

const EMPTY: Contexts = {
  ...{ github: {}, vars: {}, secrets: {}, inputs: {}, needs: {}, matrix: {}, job: {}, runner: {} },
};

/** Runs the steps of a job as GitHub's runner does: ours by its bundle, scripts by bash, others by a stand-in. */
export async function runJob(
  workflow: Workflow,
  id: string,
  folder: string,
  options: JobOptions,
): Promise<JobRun> {
  const job = jobOf(workflow, id);
  const place = await makePlace(folder);
  const steps: Record<string, { outputs: Readonly<Record<string, string>> }> = {};
  const contexts: Contexts = { ...EMPTY, ...options.contexts, env: {}, steps };
  const runs: (StepRun & { readonly name: string })[] = [];
  let status: Status = "success";
  for (const [number, step] of (job.steps ?? []).entries()) {
    if (!isWanted(step.if, contexts, status)) continue;
    const temp = join(place.temp, String(number));
    const ended = await runStep(step, { ...place, temp }, { ...options, contexts });
    runs.push({ ...ended, name: nameOf(step) });
    if (step.id !== undefined) steps[step.id] = { outputs: ended.outputs };
    if (ended.status === "failure") status = "failure";
  }
  const outputs = Object.entries(job.outputs ?? {})
    .map(([name, value]) => [name, filledIn(String(value), contexts)]);
  return {
    status,
    ran: runs.map(({ name }) => name),
    outputs: Object.fromEntries(outputs),
    log: runs.map(({ log }) => log).join(""),
    summary: runs.map(({ summary }) => summary).join(""),
  };
}

function jobOf({ jobs, path }: Workflow, id: string): Job {
  const job = jobs[id];
  if (job === undefined) throw new Error(`${path} has no job ${id}`);
  return job;
}

const nameOf = ({ name, uses, run = "" }: Step): string => name ?? uses ?? run;

async function makePlace(folder: string): Promise<Place> {
  const at = (name: string): string => join(folder, name);
  const place = { workspace: at("workspace"), home: at("home"), temp: at("temp") };
  await Promise.all(Object.values(place).map((path) => mkdir(path, { recursive: true })));
  return place;
}

async function runStep(step: Step, place: Place, options: JobOptions): Promise<StepRun> {
  const { contexts } = options;
  await mkdir(place.temp, { recursive: true });
  const given = filledInAll(step.with, contexts);
  if (step.uses !== undefined && !isOurAction(step.uses)) {
    await standInFor(step.uses, options)(given, place);
    return { status: "success", outputs: {}, log: "", summary: "" };
  }
  const env = {
    ...await surroundings(place, options),
    ...filledInAll(step.env, contexts),
    ...(step.uses === undefined ? {} : inputVariables({ ...defaults(contexts), ...given })),
  };
  const command: Command = step.uses === undefined
    ? ["bash", "-e", "-c", step.run ?? ""]
    : ["node", resolve(BUNDLE)];
  // A shell on the way would lose variables such as INPUT_SYNC-FILE: env takes them as words.
  const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const ended = await run(["env", ...words, ...command], {
    cwd: join(place.workspace, step["working-directory"] ?? ""),
  });
  return {
    status: ended.exitCode === 0 ? "success" : "failure",
    outputs: readValues(await readText(place.temp, "GITHUB_OUTPUT")),
    log: ended.stdout + ended.stderr,
    summary: await readText(place.temp, "GITHUB_STEP_SUMMARY"),
  };
}

function standInFor(uses: string, { standIns = {} }: JobOptions): StandIn {
  const standIn = standIns[uses.replace(/@.*/, "")];
  if (standIn === undefined) throw new Error(`Nothing stands in for ${uses}`);
  return standIn;
}

/** The variables that a runner sets, and those that keep the logins of whoever runs the tests out. */
async function surroundings(
  place: Place,
  { path, env }: JobOptions,
): Promise<Record<string, string>> {
  return {
    ...await makeFiles(place.temp),
    GITHUB_ACTIONS: "true",
    GITHUB_WORKSPACE: place.workspace,
    RUNNER_TEMP: place.temp,
    HOME: place.home,
    DOCKER_CONFIG: join(place.home, ".docker"),
    XDG_RUNTIME_DIR: place.home,
    XDG_CONFIG_HOME: join(place.home, ".config"),
    ...(path !== undefined && { PATH: `${path}:${process.env.PATH}` }),
    ...env,
  };
}

type Texts = Readonly<Record<string, string>>;

function filledInAll(values: Step["with"] = {}, contexts: Contexts): Texts {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, filledIn(String(value), contexts)]),
  );
}

/** What inputs are that nobody gives. */
function defaults(contexts: Contexts): Texts {
  return Object.fromEntries(
    Object.entries(readAction().inputs)
      .map(([name, input]) => [name, filledIn(String(input.default ?? ""), contexts)]),
  );
}
