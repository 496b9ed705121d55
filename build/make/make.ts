import { clean } from "./clean.ts";
import type { Step } from "./goals.ts";
import { type MakeOptions, prepare } from "./prepare.ts";
import { makePrograms } from "./programs.ts";
import { push, type Selection } from "./push.ts";
import { save } from "./save.ts";
import { rememberingRun } from "./tools.ts";
import type { Delivered, Program, Workshop } from "./workshop.ts";

/** What a run made. */
export interface Made {
  readonly tag: string;
  readonly programs: readonly Program[];
  readonly saved: readonly Delivered[];
  readonly pushed: readonly Delivered[];
  /** Paths below the directory. */
  readonly removed: readonly string[];
}

/** A run under way: what its steps have made so far. */
interface Run {
  readonly workshop: Workshop;
  programs: Promise<readonly Program[]>;
  orphans: readonly Program[];
  readonly saved: Delivered[];
  readonly pushed: Delivered[];
  removed: readonly string[];
}

/** How each step is done. A step that needs the programs finds them under way. */
const STEPS: Readonly<Record<Step, (run: Run) => Promise<void>>> = {
  clean: async (run) => {
    await run.programs;
    run.removed = await clean(run.workshop.directory);
    for (const path of run.removed) run.workshop.emit({ type: "removed", path });
  },
  programs: (run) => {
    run.programs = makePrograms(run.workshop, "pause");
    // Whoever needs them waits for them, and hears then of a failure.
    run.programs.catch(() => {});
    return Promise.resolve();
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
  const { steps, workshop } = prepare(options, rememberingRun);
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
  return { tag: workshop.settings.tag, programs, saved, pushed, removed };
}
