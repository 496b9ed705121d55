import process from "node:process";
import { resolve } from "node:path";
import { PauseError, reason } from "../error.ts";
import { failWith } from "./annotations.ts";
import type { Desk, Outcome, RunCommand } from "./desk.ts";
import { type CommandName, readInputs, takeInputs } from "./inputs.ts";
import { logOn } from "./log.ts";
import { credentialsFor, maskLogin } from "./login.ts";
import { setOutputs } from "./outputs.ts";
import type { Runner } from "./runner.ts";

/** What a step is carried out with. */
export interface Step {
  readonly runner: Runner;
  /** The process's: the inputs are taken out of it. */
  readonly environment: Record<string, string | undefined>;
  /** Fires when the run is cancelled. */
  readonly signal: AbortSignal;
}

/** Whoever mirrors does not load the builder. */
const COMMANDS: Readonly<Record<CommandName, () => Promise<RunCommand>>> = {
  build: async () => (await import("./build.ts")).runBuild,
  push: async () => (await import("./build.ts")).runBuild,
  mirror: async () => (await import("./mirror.ts")).runMirror,
  sync: async () => (await import("./sync.ts")).runSync,
  verify: async () => (await import("./verify.ts")).runVerify,
  save: async () => (await import("./save.ts")).runSave,
};

/**
 * Carries out a step: reads the inputs, does what the command does on the command line, and hands
 * on what came of it. Outputs are set at the end, and only when nothing failed; the summary also
 * tells of what failed. Nothing is thrown: a failure is the step's.
 */
export async function runStep({ runner, environment, signal }: Step): Promise<void> {
  const given = takeInputs(environment);
  const secrets = maskLogin(given, runner);
  const log = logOn(runner, environment);
  const workspace = environment.GITHUB_WORKSPACE || process.cwd();
  try {
    const inputs = readInputs(given);
    const credentials = credentialsFor(inputs, signal);
    enter(inputs["working-directory"]);
    const desk = { inputs, log, environment, signal, ...(credentials && { credentials }) };
    await handOn(await carryOut(desk), desk, runner);
  } catch (error) {
    failWith(error, { runner, log, workspace, secrets });
  }
}

async function carryOut(desk: Desk): Promise<Outcome> {
  const { inputs, signal } = desk;
  const run = await COMMANDS[inputs.command as CommandName]();
  signal.throwIfAborted();
  return await run(desk);
}

async function handOn(
  { outputs, summary, warnings = [], failure }: Outcome,
  { inputs, environment, signal }: Desk,
  runner: Runner,
): Promise<void> {
  for (const warning of warnings) runner.warning(warning);
  if (failure === undefined) {
    signal.throwIfAborted();
    setOutputs(runner, outputs);
  }
  if (environment.GITHUB_STEP_SUMMARY) {
    try {
      await runner.summarize(`## pause-image ${inputs.command}\n\n${summary}\n`);
    } catch (error) {
      // What was done is done, and told in the log.
      runner.warning(`Cannot write the job summary: ${reason(error)}`);
    }
  }
  if (failure !== undefined) throw failure;
}

function enter(folder: string): void {
  try {
    process.chdir(resolve(folder));
  } catch (error) {
    throw new PauseError(
      "usage",
      `Cannot work in ${
        resolve(folder)
      }: there is no such folder. Correct working-directory, or check out the repository first.`,
      { cause: error },
    );
  }
}
