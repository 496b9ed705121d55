import { PauseError } from "../error.ts";
import { isTag } from "../oci/reference.ts";
import { isEngine, readOutput } from "./engines/output.ts";
import { editionsOf } from "./windows/editions.ts";
import type { Step } from "./goals.ts";
import { requireRepository } from "./push.ts";
import type { Settings } from "./settings.ts";

/** Whether a step needs images. */
export const makesImages = (step: Step): boolean => /^(save|push) /.test(step);

/**
 * Refuses what cannot end well, before anything is written.
 * @throws PauseError `usage`
 */
export function checkSteps(steps: readonly Step[], settings: Settings): void {
  checkSystems(steps, settings);
  if (steps.some((step) => step.startsWith("push"))) requireRepository(settings);
  const output = settings.output === "registry" ? undefined : readOutput(settings);
  checkTags(steps, settings);
  if (output === undefined || !steps.some((step) => step.startsWith("save"))) return;
  if (output.form !== "docker-archive" && !isEngine(output)) return;
  const arches = settings.targets.map((target) => target.arch);
  if (settings.systems.includes("windows")) {
    throw new PauseError(
      "usage",
      `Cannot write ${settings.output}: ${
        isEngine(output) ? "an engine" : '"docker load"'
      } takes no layers that stay elsewhere, as those of Windows may. Leave OS out, or write oci:DIR.`,
    );
  }
  // What an engine takes, it has to be asked.
  if (arches.length === 1 || isEngine(output)) return;
  throw new PauseError(
    "usage",
    `Cannot write ${settings.output}: "docker load" takes one platform, and there are ${arches.length} architectures. Choose one, such as ARCH=${
      arches[0]
    }.`,
  );
}

/** Refuses what is not made for a system that is asked for. */
function checkSystems(steps: readonly Step[], settings: Settings): void {
  const { systems, targets, windows } = settings;
  if (!systems.includes("windows")) return;
  if (steps.some(makesImages) && editionsOf(settings).length === 0) {
    throw new PauseError(
      "usage",
      `Cannot build images for OS="windows" and ARCH="${
        targets.map(({ arch }) => arch).join(" ")
      }": there they are for ${windows.arches.join(", ")}. ALL_ARCH_WINDOWS says so.`,
    );
  }
  if (!steps.includes("orphans")) return;
  throw new PauseError(
    "usage",
    `Cannot make orphan with OS="${systems.join(" ")}": it is for Linux alone. Leave OS out.`,
  );
}

/** The tags of single images are longer than TAG, which is legal by itself. */
function checkTags(steps: readonly Step[], settings: Settings): void {
  const { tag, targets, systems, archTags } = settings;
  const isTagged = steps.some((step) =>
    step.endsWith("images") || (step === "push everything" && archTags)
  );
  const suffixes = [
    ...(systems.includes("linux") ? targets.map(({ arch }) => `linux-${arch}`) : []),
    ...editionsOf(settings).map(({ suffix }) => suffix),
  ];
  const tooLong = suffixes.find((suffix) => !isTag(`${tag}-${suffix}`));
  if (!isTagged || tooLong === undefined) return;
  throw new PauseError(
    "usage",
    `Cannot use TAG="${tag}": with "-${tooLong}" after it, it has more than the 128 characters of a tag. Choose a shorter one.`,
  );
}
