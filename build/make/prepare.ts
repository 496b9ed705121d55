import { accessSync, constants, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type BuildRunner, LOCAL_RUNNER } from "../attest/provenance/runner.ts";
import { findToolchain } from "../compile/find-toolchain.ts";
import { PauseError } from "../error.ts";
import { storageError } from "../host/files.ts";
import type { run } from "../host/process.ts";
import type { CredentialSource } from "../store/registry/login/credentials.ts";
import { findBases } from "./windows/bases.ts";
import { describeBuilder } from "./builder.ts";
import { checkSteps, makesImages } from "./check-steps.ts";
import { readCommit } from "./commit.ts";
import { digestFolder } from "./digests.ts";
import { openBuilder } from "./engines/build.ts";
import { GOALS, type Step } from "./goals.ts";
import { makeGraph } from "./images.ts";
import { makePrograms } from "./programs.ts";
import { makeRecipes, readTemplate } from "./recipes.ts";
import { type Assignments, readSettings, type Settings } from "./settings.ts";
import { findSource } from "./source.ts";
import type { MakeEvent, Workshop } from "./workshop.ts";

/** What is to be made. */
export interface MakeOptions {
  /** The names of {@link GOALS} to make, in this order; at least one. */
  readonly goals: readonly string[];
  /** @default every variable has its default */
  /** The variables of the build. */
  readonly assignments?: Assignments;
  /** Where `bin/` and `out/` are, and the Dockerfile.tmpl if it is the user's own. */
  readonly directory: string;
  /** How many compilers run at once, ≥ 1. @default one more than there are processors: one waits for its files */
  readonly jobs?: number;
  /** Where logins are looked up. @default the environment and docker's and podman's files */
  readonly credentials?: CredentialSource;
  /** Who builds, as a provenance says it. @default nobody who is known */
  readonly runner?: BuildRunner;
  /** Stops what runs, in good order. */
  readonly signal?: AbortSignal;
  /** Hears of everything as it happens. */
  readonly onEvent?: (event: MakeEvent) => void;
}

/** A run that nothing speaks against: what to do, and what to do it with. */
export interface Prepared {
  readonly steps: readonly Step[];
  readonly workshop: Workshop;
}

/**
 * Reads and checks what is asked for. Nothing is written, and nothing is started.
 *
 * @param ask runs the tools that are asked for their versions
 * @throws PauseError `usage` for what cannot end well
 */
export function prepare(
  options: MakeOptions,
  ask: (directory: string) => typeof run,
): Prepared {
  const settings = readSettings(options.assignments ?? {});
  const steps = stepsOf(options.goals, settings);
  checkSteps(steps, settings);
  checkMetadataFile(resolve(options.directory), settings);
  return { steps, workshop: openWorkshop(options, settings, steps, ask) };
}

/** The steps of all goals in their order, each once. */
function stepsOf(goals: readonly string[], { output }: Settings): Step[] {
  const steps = goals.flatMap((name) => GOALS.find((goal) => goal.name === name)?.steps ?? []);
  return [...new Set(steps.map((step) => output === "registry" ? PUBLISHED[step] ?? step : step))];
}

/** What saving means when the OUTPUT is the registry. */
const PUBLISHED: Readonly<Partial<Record<Step, Step>>> = {
  "save images": "push images",
  "save index": "push everything",
};

/** What cannot be written is not to be found out after a push. */
function checkMetadataFile(directory: string, { metadataFile }: Settings): void {
  if (metadataFile === undefined) return;
  const path = resolve(directory, metadataFile);
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  try {
    accessSync(dirname(path), constants.W_OK);
    if (!isFolder) return;
  } catch (error) {
    throw storageError("write", path, error);
  }
  throw new PauseError("usage", `Cannot write METADATA_FILE="${metadataFile}": it is a folder.`);
}

function requireFolder(path: string): string {
  const directory = resolve(path);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return directory;
  throw new PauseError("usage", `Cannot work in ${directory}: there is no such folder.`);
}

function openWorkshop(
  options: MakeOptions,
  settings: Settings,
  steps: readonly Step[],
  ask: (directory: string) => typeof run,
): Workshop {
  const { jobs = availableParallelism() + 1, credentials, onEvent = () => {} } = options;
  const { toolchain, targets, systems, toolchainImage: image } = settings;
  const signal = options.signal ?? new AbortController().signal;
  const directory = requireFolder(options.directory);
  const source = findSource(directory);
  const workshop: Workshop = {
    directory,
    settings,
    source,
    jobs,
    signal,
    ...(credentials && { credentials }),
    builder: once(() => describeBuilder(source.root)),
    inputs: once(() => ({
      src: digestFolder(join(source.root, "src")),
      arch: digestFolder(join(source.root, "arch")),
    })),
    template: once(() => readTemplate(source)),
    recipes: once(() => steps.some(makesImages) ? makeRecipes(workshop) : Promise.resolve([])),
    toolchain: once(() => {
      const tools = { ask: ask(directory), signal, systems };
      return findToolchain(toolchain, targets, { ...tools, ...(image !== undefined && { image }) });
    }),
    engine: once(() => openBuilder(settings, signal)),
    bases: once(() => findBases(workshop, { all: steps.some((step) => step.startsWith("push")) })),
    programs: once(() => makePrograms(workshop, "pause")),
    commit: once(() => readCommit(workshop)),
    graph: once(() => makeGraph(workshop)),
    runner: options.runner ?? LOCAL_RUNNER,
    emit: onEvent,
  };
  return workshop;
}

/** Does the work at the first call, and gives every caller what came of it. */
function once<Value extends object>(work: () => Value): () => Value {
  let outcome: Value | undefined;
  return () => outcome ??= work();
}
