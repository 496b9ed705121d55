import { run } from "../host/process.ts";
import { formatReference } from "../oci/reference.ts";
import type { Step } from "./goals.ts";
import { type MakeOptions, prepare } from "./prepare.ts";
import { planPrograms } from "./programs.ts";
import { requireRepository } from "./push.ts";
import type { Workshop } from "./workshop.ts";

/**
 * Says what `make()` would do, and does nothing: command lines that compile, and comments. What is
 * fresh is left out.
 *
 * @throws PauseError as `make()` does before it writes anything
 */
export async function plan(options: MakeOptions): Promise<string[]> {
  // A plan writes nothing, and so remembers nothing of what the tools say.
  const { steps, workshop } = prepare(options, () => run);
  const lines = await Promise.all(steps.map((step) => PLANS[step](workshop)));
  return [...new Set(lines.flat())];
}

type Plan = (workshop: Workshop) => string[] | Promise<string[]>;

const planSaving: Plan = async (workshop) => [
  ...await planPrograms(workshop, "pause"),
  `# write ${workshop.settings.output}`,
];
const planPushing: Plan = async (workshop) => [
  ...await planPrograms(workshop, "pause"),
  `# push ${
    formatReference({ ...requireRepository(workshop.settings), tag: workshop.settings.tag })
  }`,
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
