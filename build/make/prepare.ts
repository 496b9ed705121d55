import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { findToolchain } from "../compile/find-toolchain.ts";
import { PauseError } from "../error.ts";
import type { run } from "../host/process.ts";
import { readPlace } from "../store/place.ts";
import { readCommit } from "./commit.ts";
import { digestFolder } from "./digests.ts";
import { GOALS, type Step } from "./goals.ts";
import { makeGraph } from "./images.ts";
import { makePrograms } from "./programs.ts";
import { requireRepository } from "./push.ts";
import { type Assignments, readSettings, type Settings } from "./settings.ts";
import { findSource } from "./source.ts";
import type { MakeEvent, Workshop } from "./workshop.ts";

/** What is to be made. */
export interface MakeOptions {
  /** The names of {@link GOALS} to make, in this order; at least one. */
  readonly goals: readonly string[];
  /** @default every variable has its default */
  readonly assignments?: Assignments;
  /** Where `bin/` and `out/` are, and the Dockerfile.tmpl if it is the user's own. */
  readonly directory: string;
  /** How many compilers run at once, ≥ 1. @default one more than there are processors: one waits for its files */
  readonly jobs?: number;
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
  return { steps, workshop: openWorkshop(options, settings, ask) };
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

/** Refuses what cannot end well, before anything is written. */
function checkSteps(steps: readonly Step[], settings: Settings): void {
  if (steps.some((step) => step.startsWith("push"))) requireRepository(settings);
  if (!steps.some((step) => step.startsWith("save"))) return;
  const { form } = readPlace(settings.output);
  const arches = settings.targets.map((target) => target.arch);
  if (form !== "docker-archive" || arches.length === 1) return;
  throw new PauseError(
    "usage",
    `Cannot write ${settings.output}: "docker load" takes one platform, and there are ${arches.length} architectures. Choose one, such as ARCH=${
      arches[0]
    }.`,
  );
}

function openWorkshop(
  options: MakeOptions,
  settings: Settings,
  ask: (directory: string) => typeof run,
): Workshop {
  const { jobs = availableParallelism() + 1, onEvent = () => {} } = options;
  const { toolchain, targets, toolchainImage: image } = settings;
  const signal = options.signal ?? new AbortController().signal;
  const directory = resolve(options.directory);
  const source = findSource(directory);
  const workshop: Workshop = {
    directory,
    settings,
    source,
    jobs,
    signal,
    sources: once(() => digestFolder(join(source.root, "src", "linux"))),
    toolchain: once(() => {
      const tools = { ask: ask(directory), signal, ...(image !== undefined && { image }) };
      return findToolchain(toolchain, targets, tools);
    }),
    programs: once(() => makePrograms(workshop, "pause")),
    commit: once(() => readCommit(directory, source, signal)),
    graph: once(() => makeGraph(workshop)),
    emit: onEvent,
  };
  return workshop;
}

/** Does the work at the first call, and gives every caller what came of it. */
function once<Value extends object>(work: () => Value): () => Value {
  let outcome: Value | undefined;
  return () => outcome ??= work();
}
