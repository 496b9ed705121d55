import { make } from "./make.ts";
import type { MakeOptions } from "./prepare.ts";
import type { Made } from "./workshop.ts";

/** What is to be built, as `make()` takes it, without its goals. */
export type BuildOptions = Omit<MakeOptions, "goals">;

/**
 * Builds the image for every architecture, and the index over them, into OUTPUT.
 * @throws PauseError as `make()` does
 */
export async function build(options: BuildOptions): Promise<Made> {
  return await make({ ...options, goals: ["all"] });
}

/**
 * Builds the image for every architecture and publishes it to `REGISTRY/pause`: all of them under
 * TAG, each under `TAG-linux-ARCH`. With an OUTPUT among the assignments, it goes there as well.
 *
 * @throws PauseError as `make()` does; TAG then points where it did
 */
export async function push(options: BuildOptions): Promise<Made> {
  const { assignments = {} } = options;
  return await make(
    assignments.OUTPUT === undefined
      ? { ...options, goals: ["all"], assignments: { ...assignments, OUTPUT: "registry" } }
      : { ...options, goals: ["all-push"] },
  );
}
