import { resolve } from "node:path";
import { writeWhole } from "../host/files.ts";
import { everySettled } from "../host/settle.ts";
import { clean } from "./clean.ts";
import type { Step } from "./goals.ts";
import { metadata } from "./metadata.ts";
import { type MakeOptions, prepare } from "./prepare.ts";
import { makePrograms } from "./programs.ts";
import { push, type Selection } from "./push.ts";
import { findSaved, type Kind, openSaved, save, type Saved } from "./save.ts";
import { rememberingRun } from "./tools.ts";
import type { Made, Workshop } from "./workshop.ts";

/** What one step made, and tells of. */
type Done = Partial<Omit<Made, "tag" | "saved">> & { readonly saved?: readonly Saved[] };
/** @param before what the steps before it made */
type Do = (workshop: Workshop, before: readonly Done[]) => Promise<Done>;

/** Saving and pushing wait for each program as they need it: images are built while compilers run. */
const saving = (kind: Kind): Do => async (workshop) => ({
  saved: [await save(workshop, kind)],
  programs: await everySettled(workshop.programs()),
});
const pushing = (selection: Selection): Do => async (workshop, before) => {
  const saved = before.flatMap(({ saved = [] }) => saved).find(({ index }) => index) ??
    await findSaved(workshop);
  const source = saved && openSaved(workshop, saved);
  return {
    pushed: [await push(workshop, selection, source ?? await workshop.graph())],
    programs: await everySettled(workshop.programs()),
  };
};

/** How each step is done. */
const STEPS: Readonly<Record<Step, Do>> = {
  clean: async ({ directory, emit }) => {
    const removed = await clean(directory);
    for (const path of removed) emit({ type: "removed", path });
    return { removed };
  },
  "update base": async (workshop) => {
    const { updateBase } = await import("./windows/update-base.ts");
    return { bases: await updateBase(workshop) };
  },
  "update lock": async (workshop) => {
    const { updateLock } = await import("./reproduce/lock.ts");
    workshop.emit({ type: "saved", ...await updateLock(workshop) });
    return {};
  },
  programs: async (workshop) => ({ programs: await everySettled(workshop.programs()) }),
  orphans: async (workshop) => ({
    programs: await everySettled(makePrograms(workshop, "orphan")),
  }),
  "save images": saving("images"),
  "save index": saving("index"),
  "push images": pushing("images"),
  "push index": pushing("index"),
  "push everything": pushing("everything"),
};

/**
 * Makes the goals, one after the other. Everything that can be refused is refused before anything
 * is written.
 *
 * @throws PauseError of any code; what was made by then stays, whole
 */
export async function make(options: MakeOptions): Promise<Made> {
  const { steps, workshop } = prepare(options, rememberingRun);
  const done: Done[] = [];
  for (const step of steps) done.push(await STEPS[step](workshop, done));
  const made: Made = {
    tag: workshop.settings.tag,
    // Several steps may have waited for the same ones.
    programs: [...new Set(done.flatMap(({ programs = [] }) => programs))],
    saved: done.flatMap(({ saved = [] }) => saved),
    pushed: done.flatMap(({ pushed = [] }) => pushed),
    removed: done.flatMap(({ removed = [] }) => removed),
    bases: done.flatMap(({ bases = [] }) => bases),
    missing: done.flatMap(({ saved = [] }) => saved).flatMap(({ missing }) => missing),
  };
  const { metadataFile } = workshop.settings;
  if (metadataFile !== undefined) {
    const text = `${JSON.stringify(metadata(made), undefined, 2)}\n`;
    await writeWhole(resolve(workshop.directory, metadataFile), text);
  }
  return made;
}
