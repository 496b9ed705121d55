import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { findToolchain } from "../compile/find-toolchain.ts";
import type { Toolchain } from "../compile/toolchain.ts";
import { PauseError } from "../error.ts";
import { run } from "../host/process.ts";
import { formatReference } from "../oci/reference.ts";
import { readPlace } from "../store/place.ts";
import { clean } from "./clean.ts";
import { readCommit } from "./commit.ts";
import { GOALS, type Step } from "./goals.ts";
import { makeGraph } from "./images.ts";
import { makePrograms, planPrograms } from "./programs.ts";
import { push, type Pushed, requireRepository, type Selection } from "./push.ts";
import { save, type Saved } from "./save.ts";
import { type Assignments, readSettings, type Settings } from "./settings.ts";
import { findSource } from "./source.ts";
import { rememberingRun } from "./tools.ts";
import type { MakeEvent, Program, Workshop } from "./workshop.ts";

export interface MakeOptions {
  /** The names of {@link GOALS} to make, in this order; at least one. */
  readonly goals: readonly string[];
  /** @default every variable has its default */
  readonly assignments?: Assignments;
  /** Where `bin/` and `out/` are, and the Dockerfile.tmpl if it is the user's own. */
  readonly directory: string;
  /** How many compilers run at once, ≥ 1. @default as many as there are processors */
  readonly jobs?: number;
  readonly signal?: AbortSignal;
  /** Hears of everything as it happens. */
  readonly onEvent?: (event: MakeEvent) => void;
}

/** What a run made. */
export interface Made {
  readonly tag: string;
  readonly programs: readonly Program[];
  readonly saved: readonly Saved[];
  readonly pushed: readonly Pushed[];
  /** Paths below the directory. */
  readonly removed: readonly string[];
}

/** A run under way: what its steps have made so far. */
interface Run {
  readonly workshop: Workshop;
  programs: Promise<readonly Program[]>;
  orphans: readonly Program[];
  readonly saved: Saved[];
  readonly pushed: Pushed[];
  removed: readonly string[];
}

/** How each step is done. A step that needs the programs finds them under way. */
const STEPS: Readonly<Record<Step, (run: Run) => Promise<void>>> = {
  clean: async (run) => {
    await run.programs;
    run.removed = await clean(run.workshop.directory);
    for (const path of run.removed) run.workshop.emit({ type: "removed", path });
  },
  programs: async (run) => {
    run.programs = makePrograms(run.workshop, "pause");
    // Whoever needs them waits for them, and hears then of a failure.
    run.programs.catch(() => {});
  },
  orphans: async (run) => {
    run.orphans = await makePrograms(run.workshop, "orphan");
  },
  "save images": async (run) => {
    run.saved.push(await save(run.workshop, "images", run.programs));
  },
  "save index": async (run) => {
    run.saved.push(await save(run.workshop, "index", run.programs));
  },
  "push images": (run) => pushStep(run, "images"),
  "push index": (run) => pushStep(run, "index"),
  "push everything": (run) => pushStep(run, "everything"),
};

async function pushStep(run: Run, selection: Selection): Promise<void> {
  await run.programs;
  run.pushed.push(await push(run.workshop, selection));
}

/**
 * Makes the goals, one after the other. Everything that can be refused is refused before anything
 * is written.
 *
 * @throws PauseError of any code; what was made by then stays, whole
 */
export async function make(options: MakeOptions): Promise<Made> {
  const settings = readSettings(options.assignments ?? {});
  const steps = stepsOf(options.goals, settings);
  checkSteps(steps, settings);
  const workshop = openWorkshop(options, settings, rememberingRun);
  const run: Run = {
    workshop,
    programs: Promise.resolve([]),
    orphans: [],
    saved: [],
    pushed: [],
    removed: [],
  };
  for (const step of steps) await STEPS[step](run);
  const programs = [...await run.programs, ...run.orphans];
  const { saved, pushed, removed } = run;
  return { tag: settings.tag, programs, saved, pushed, removed };
}

/**
 * Says what {@link make} would do, and does nothing: command lines that compile, and comments.
 * What is fresh is left out.
 *
 * @throws PauseError as {@link make} does before it writes anything
 */
export async function plan(options: MakeOptions): Promise<string[]> {
  const settings = readSettings(options.assignments ?? {});
  const steps = stepsOf(options.goals, settings);
  checkSteps(steps, settings);
  const workshop = openWorkshop(options, settings, () => run);
  const lines = await Promise.all(steps.map((step) => PLANS[step](workshop)));
  return lines.flat();
}

type Plan = (workshop: Workshop) => string[] | Promise<string[]>;

const planSaving: Plan = ({ settings }) => [`# write ${settings.output}`];
const planPushing: Plan = ({ settings }) => [
  `# push ${formatReference({ ...requireRepository(settings), tag: settings.tag })}`,
];

const PLANS: Readonly<Record<Step, Plan>> = {
  clean: () => ["# remove what was made in bin/, and out/"],
  programs: (workshop) => planPrograms(workshop, "pause"),
  orphans: (workshop) => planPrograms(workshop, "orphan"),
  "save images": planSaving,
  "save index": planSaving,
  "push images": planPushing,
  "push index": planPushing,
  "push everything": planPushing,
};

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
  ask: (directory: string) => Ask,
): Workshop {
  const { jobs = availableParallelism(), onEvent = () => {} } = options;
  const signal = options.signal ?? new AbortController().signal;
  const directory = resolve(options.directory);
  const source = findSource(directory);
  const workshop: Workshop = {
    directory,
    settings,
    source,
    jobs,
    signal,
    toolchain: once(() => find(settings, ask(directory), signal)),
    commit: once(() => readCommit(directory, source, signal)),
    graph: once(() => makeGraph(workshop)),
    emit: onEvent,
  };
  return workshop;
}

/** How tools are asked for their versions. A plan writes nothing, and so remembers nothing. */
type Ask = typeof run;

function find(settings: Settings, ask: Ask, signal: AbortSignal): Promise<Toolchain> {
  const { toolchain, targets, toolchainImage: image } = settings;
  return findToolchain(toolchain, targets, {
    ask,
    signal,
    ...(image !== undefined && { image }),
  });
}

/** Does the work at the first call, and gives every caller what came of it. */
function once<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let outcome: Promise<Value> | undefined;
  return () => outcome ??= work();
}
