import type { ImageConfig } from "../../oci/manifest.ts";
import type { Platform } from "../../oci/platform.ts";
import { sortByKey } from "../bytewise.ts";
import { RUN_FIELDS } from "../config.ts";

type RunConfig = NonNullable<ImageConfig["config"]>;

/** What is kept: our own, and then what the embedded builder does not write. */
const KEPT = [...RUN_FIELDS, "Healthcheck", "Shell", "OnBuild", "ArgsEscaped"] as const;

/** Fields that are sets or maps: their keys are sorted. */
const SORTED: readonly string[] = ["ExposedPorts", "Volumes", "Labels"];

/** By which a builder names itself. */
const OWN_LABELS = /^io\.buildah\.|^com\.docker\.buildkit/;

/**
 * The configuration that another builder made, without what is of that builder, of its machine and of
 * the hour: what is left is what the Dockerfile says. Its variant is the one that was asked for, which
 * some builders leave out and others replace.
 *
 * @param created RFC 3339
 */
export function settled(config: ImageConfig, platform: Platform, created: string): ImageConfig {
  const { variant } = platform;
  return {
    created,
    architecture: config.architecture,
    ...(variant !== undefined && { variant }),
    os: config.os,
    config: runConfig(config.config ?? {}),
    rootfs: { type: "layers", diff_ids: config.rootfs.diff_ids },
    ...(config.history && {
      history: config.history.map(({ created_by, comment, empty_layer }) => ({
        created,
        ...(created_by && { created_by }),
        ...(comment && { comment }),
        ...(empty_layer && { empty_layer }),
      })),
    }),
  };
}

function runConfig(config: RunConfig): RunConfig {
  const found: Readonly<Record<string, unknown>> = {
    ...config,
    // To say nothing and to say the root mean the same.
    WorkingDir: config.WorkingDir || "/",
    Labels: Object.fromEntries(
      Object.entries(config.Labels ?? {}).filter(([key]) => !OWN_LABELS.test(key)),
    ),
  };
  return Object.fromEntries(
    KEPT.filter((key) => !isEmpty(found[key])).map((key) => [key, inOrder(key, found[key])]),
  );
}

function inOrder(key: string, value: unknown): unknown {
  return SORTED.includes(key) ? sortByKey(Object.entries(value as object)) : value;
}

/** Go writes what was not said as null, "", false, [] and {}. */
function isEmpty(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return !value;
  return Object.keys(value).length === 0;
}
