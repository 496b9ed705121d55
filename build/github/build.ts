import process from "node:process";
import { runnerOf } from "../attest/provenance/runner.ts";
import { PauseError } from "../error.ts";
import { metadata } from "../make/metadata.ts";
import { build, type BuildOptions, push } from "../make/publish.ts";
import type { Assignments } from "../make/settings.ts";
import type { Made, MakeEvent, Reference } from "../make/workshop.ts";
import { nameOf } from "../oci/platform.ts";
import { isTag } from "../oci/reference.ts";
import { reporter, summary } from "../terminal/report.ts";
import { assignmentsOf } from "./assignments.ts";
import type { Desk, Outcome, RunCommand } from "./desk.ts";
import { INPUTS, type Inputs, missingInput, wordsOf } from "./inputs.ts";
import { repositoryIn } from "./login.ts";
import { moreTags } from "./more-tags.ts";
import { sealFor, signPushed } from "./sign.ts";
import { madeSummary } from "./summary.ts";
import { withToolchain } from "./toolchain.ts";

/** `command: build` and `command: push`. */
export const runBuild: RunCommand = async (desk) => {
  const { inputs, log, signal, credentials } = desk;
  const isPush = inputs.command === "push";
  const publishes = isPush || inputs.push === "true";
  checkPlaces(inputs, publishes);
  checkSystem(process.platform);
  const [tag, ...more] = tagsOf(desk, publishes);
  const assignments = assignmentsOf(desk, tag);
  const seal = await sealFor(desk);
  const watch = watcher(reporter(log));
  const options: BuildOptions = {
    assignments: publishes && !isPush ? { OUTPUT: "oci:out", ...assignments } : assignments,
    directory: process.cwd(),
    signal,
    runner: runnerOf(desk.environment),
    onEvent: watch.onEvent,
    ...(credentials && { credentials }),
  };
  const act = publishes ? push : build;
  const title = publishes ? `Build, and push to ${inputs.registry}` : "Build";
  const made = await withToolchain(() => log.group(title, () => act(options)), desk);
  const isSigned = seal !== undefined &&
    await log.group("Sign", () => signPushed(desk, made.pushed, seal));
  const tagged = await giveMore(desk, made, more, assignments);
  summary(made, log);
  return outcomeOf(made, tagged, watch.changed() || isSigned || tagged.changed);
};

/**
 * What is pushed wants a registry; "only build" and "to the registry" cannot both be meant, and what
 * is only built is not signed.
 */
function checkPlaces({ registry, output, command, sign }: Inputs, publishes: boolean): void {
  if (!publishes && sign !== INPUTS.sign.fallback) {
    throw new PauseError(
      "usage",
      'Cannot use the input "sign" for what is only built: signatures are for what is pushed. Leave it out, or push.',
    );
  }
  if (publishes && registry === "") {
    throw missingInput("push", "registry", INPUTS.registry.needed?.push ?? "");
  }
  // Refuses a login within it, which the group's title would show.
  if (publishes) repositoryIn(registry);
  if (command !== "build" || output !== "registry") return;
  throw new PauseError(
    "usage",
    'Cannot use output: "registry" with command: build: it publishes. Write command: push.',
  );
}

/**
 * Compilers are started by a POSIX shell.
 * @param platform as Node calls it
 */
export function checkSystem(platform: string): void {
  if (platform !== "win32") return;
  throw new PauseError(
    "toolchain",
    "Cannot build on Windows: compilers are started on Linux and macOS alone. Take a runner such as ubuntu-24.04, which builds the images for Windows, too.",
  );
}

/** The first is TAG; the others are given to the same image at the registry. */
function tagsOf({ inputs }: Pick<Desk, "inputs">, publishes: boolean): readonly string[] {
  const tags = inputs.tag === "" ? [...new Set(wordsOf(inputs.tags))] : [inputs.tag];
  const wrong = tags.find((tag) => !isTag(tag));
  if (wrong !== undefined) {
    throw new PauseError(
      "usage",
      `Cannot use the tag "${wrong}": a tag is 1 to 128 letters, digits, "_", "." and "-", and starts with none of ".-".`,
    );
  }
  if (tags.length < 2 || publishes) return tags;
  throw new PauseError(
    "usage",
    `Cannot build under ${tags.length} tags: only a registry is given several. Leave all but one out, or push.`,
  );
}

/** What further tags came to. */
interface Tagged {
  readonly references: readonly Reference[];
  readonly changed: boolean;
}

async function giveMore(
  desk: Desk,
  { pushed }: Made,
  tags: readonly string[],
  assignments: Assignments,
): Promise<Tagged> {
  const digest = pushed.find(({ index }) => index)?.index?.digest;
  if (tags.length === 0 || digest === undefined) return { references: [], changed: false };
  const repository = repositoryIn(desk.inputs.registry);
  const clobber = assignments.NO_CLOBBER !== "1";
  return await desk.log.group(
    "Give the other tags",
    () => moreTags({ ...repository, digest }, tags, { ...desk, clobber }),
  );
}

/** Hears whether anything is written or sent. */
function watcher(
  report: (event: MakeEvent) => void,
): { readonly onEvent: (event: MakeEvent) => void; readonly changed: () => boolean } {
  let changed = false;
  return {
    onEvent: (event) => {
      if (event.type === "saved") changed ||= event.outcome === "written";
      if (event.type === "copy") changed ||= event.outcome !== "present";
      report(event);
    },
    changed: () => changed,
  };
}

function outcomeOf(made: Made, { references }: Tagged, changed: boolean): Outcome {
  const told = metadata(made);
  const pushed = [...told.pushed, ...references];
  const names = [...pushed, ...told.saved];
  const { images } = [...made.saved, ...made.pushed][0] ?? { images: [] };
  const digest = told.index?.digest ?? images[0]?.manifest.digest ?? "";
  const [first] = names;
  return {
    outputs: {
      digest,
      image: pushed[0] ? `${untagged(pushed[0].reference)}@${digest}` : first?.reference ?? "",
      references: names.map(({ reference }) => reference),
      digests: Object.fromEntries(
        images.map(({ platform, manifest }) => [nameOf(platform), manifest.digest]),
      ),
      metadata: { ...told, pushed },
      changed,
    },
    summary: madeSummary(made, names.map(({ reference }) => reference)),
    warnings: made.missing.map(({ name, reason }) => `${name} is missing: ${reason}`),
  };
}

function untagged(reference: string): string {
  return reference.replace(/:[^/:]*$/, "");
}
