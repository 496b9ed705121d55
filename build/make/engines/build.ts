import pLimit from "p-limit";
import type { Image } from "../../image/assemble.ts";
import type { ReadContext } from "../../image/context.ts";
import type { EngineBuilder } from "../../image/engine/engine.ts";
import type { Materials } from "../../image/image.ts";
import type { Plan } from "../../image/plan.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Settings } from "../settings.ts";
import type { Recipe } from "../workshop.ts";

/**
 * The builder that ENGINE names; undefined: our own.
 * @throws PauseError `toolchain` when it is not there or cannot build for the architectures
 */
export async function openBuilder(
  { builder, targets }: Settings,
  signal: AbortSignal,
): Promise<EngineBuilder | undefined> {
  if (builder === undefined) return undefined;
  const { findBuilder } = await import("../../image/engine/engine.ts");
  const found = await findBuilder(builder, targets.flatMap(({ platforms }) => platforms), signal);
  // Each build is several processes, and takes locks of its storage.
  const limit = pLimit(SIDE_BY_SIDE);
  return { ...found, build: (order) => limit(found.build, order) };
}

/** Images that are built at once by an engine. */
const SIDE_BY_SIDE = 2;

/** One image to build. */
export interface Build {
  readonly platform: Platform;
  readonly build: () => Promise<Image>;
}

/** How each image of a recipe is built: by us, or by an engine. */
export function buildsOf(
  engine: EngineBuilder | undefined,
  { platforms, plans, path, dockerfile }: Recipe,
  materials: Materials & { readonly contextDir: ReadContext },
): Build[] {
  if (engine === undefined) {
    return plans.map((plan) => ({
      platform: plan.platform,
      build: async () => (await import("../../image/image.ts")).buildPlanned(plan, materials),
    }));
  }
  const { contextDir: context, ...rest } = materials;
  const sources = sourcesOf(plans);
  const order = { dockerfile, path, context, sources, ...rest };
  return platforms.map((platform) => ({
    platform,
    build: () => engine.build({ ...order, platform }),
  }));
}

/** What is taken from the context; all of it, where the Dockerfile is beyond us. */
function sourcesOf([plan]: readonly Plan[]): readonly string[] {
  if (plan === undefined) return ["."];
  return plan.steps.flatMap(({ change }) => change?.kind === "copy" ? change.sources : []);
}
