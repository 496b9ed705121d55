import { LOCK_FILE } from "./windows/base-lock.ts";
import { baseReference } from "./windows/bases.ts";
import { everySettled } from "../host/settle.ts";
import { run } from "../host/process.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatReference } from "../oci/reference.ts";
import { isEngine, readOutput } from "./engines/output.ts";
import type { Step } from "./goals.ts";
import { type MakeOptions, prepare } from "./prepare.ts";
import { planPrograms } from "./programs.ts";
import { requireRepository } from "./push.ts";
import { EXPECTED_FILE } from "./reproduce/expected-file.ts";
import { isSaved, type Kind, requirePlace } from "./save.ts";
import type { Settings } from "./settings.ts";
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
  const lines = (await everySettled(steps.map((step) => PLANS[step](workshop)))).flat();
  // Steps that need the same programs name the same commands.
  return [...new Set(lines)];
}

type Plan = (workshop: Workshop) => Promise<string[]>;

const planSaving = (kind: Kind): Plan => async (workshop) => {
  await requirePlace(workshop, kind);
  const commands = await planPrograms(workshop, "pause");
  const isFresh = commands.length === 0 && await isSaved(workshop, kind);
  return isFresh ? [] : [...commands, ...await planImages(workshop), planOutput(workshop.settings)];
};
const planPushing: Plan = async (workshop) => [
  ...await planPrograms(workshop, "pause"),
  ...await planImages(workshop),
  `# push ${
    formatReference({ ...requireRepository(workshop.settings), tag: workshop.settings.tag })
  }`,
];

const PLANS: Readonly<Record<Step, Plan>> = {
  "update base": (workshop) =>
    Promise.resolve([`# lock ${baseReference(workshop)} in ${LOCK_FILE}`]),
  "update lock": () => Promise.resolve([`# lock what is built in ${EXPECTED_FILE}`]),
  clean: () => Promise.resolve(["# remove what was made in bin/, and out/"]),
  programs: (workshop) => planPrograms(workshop, "pause"),
  orphans: (workshop) => planPrograms(workshop, "orphan"),
  "save images": planSaving("images"),
  "save index": planSaving("index"),
  "push images": planPushing,
  "push index": planPushing,
  "push everything": planPushing,
};

/** What another builder than our own does. */
async function planImages({ engine, recipes }: Workshop): Promise<string[]> {
  const builder = await engine();
  if (builder === undefined) return [];
  return (await recipes()).flatMap(({ path, platforms }) =>
    platforms.map((platform) =>
      `# build ${path} for ${formatPlatform(platform)} with ${builder.name}`
    )
  );
}

function planOutput(settings: Settings): string {
  return isEngine(readOutput(settings))
    ? `# load into ${settings.output}`
    : `# write ${settings.output}`;
}
