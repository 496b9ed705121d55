import type { Digest } from "../oci/digest.ts";
import type { ImageConfig } from "../oci/manifest.ts";
import type { Platform } from "../oci/platform.ts";
import { sortByKey } from "./bytewise.ts";
import type { Draft } from "./draft.ts";

/** One line of the history. */
export interface HistoryLine {
  readonly text: string;
  /** Whether the instruction left the files as they were. */
  readonly empty: boolean;
}

/**
 * The configuration of an image, its keys in the order of {@link ImageConfig}, and what stands under
 * names sorted by the names' bytes.
 *
 * @param created RFC 3339
 * @param diffIds one for each line of the history that is not empty
 * @param base the configuration of the image below, whose layers and history go before ours
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md
 */
export function imageConfig(
  draft: Draft,
  platform: Platform,
  created: string,
  diffIds: readonly Digest[],
  history: readonly HistoryLine[],
  base?: ImageConfig,
): ImageConfig {
  const { architecture, variant, os, "os.version": version, "os.features": features } = platform;
  return {
    created,
    architecture,
    ...(variant !== undefined && { variant }),
    os,
    ...(version !== undefined && { "os.version": version }),
    ...(features !== undefined && { "os.features": features }),
    config: { ...runConfig(draft), ...unknownTo(draft, base?.config) },
    rootfs: { type: "layers", diff_ids: [...base?.rootfs.diff_ids ?? [], ...diffIds] },
    history: [
      ...historyOf(base),
      ...history.map(({ text, empty }) => ({
        created,
        created_by: text,
        ...(empty && { empty_layer: true }),
      })),
    ],
  };
}

/**
 * What a base says of its layers, and a line for each that it says nothing of: a history has a line
 * for every layer or none at all.
 */
function historyOf(base: ImageConfig | undefined): NonNullable<ImageConfig["history"]> {
  if (base === undefined) return [];
  const { history = [], rootfs: { diff_ids: layers } } = base;
  const told = history.filter((line) => line.empty_layer !== true).length;
  const untold = Math.max(0, layers.length - told);
  return [...history, ...Array.from({ length: untold }, () => ({ created_by: "the base" }))];
}

/** What of a configuration is about running the image, in the order in which {@link runConfig} writes it. */
export const RUN_FIELDS = [
  "User",
  "ExposedPorts",
  "Env",
  "Entrypoint",
  "Cmd",
  "Volumes",
  "WorkingDir",
  "Labels",
  "StopSignal",
] as const;

const KNOWN: ReadonlySet<string> = new Set(RUN_FIELDS);

/** Fields of the base that no instruction is about. ArgsEscaped is about the command, and goes with it. */
function unknownTo({ commands }: Draft, config: ImageConfig["config"]): Record<string, unknown> {
  const gone = commands.size > 0 ? ["ArgsEscaped"] : [];
  return Object.fromEntries(
    Object.entries(config ?? {}).filter(([key]) => !KNOWN.has(key) && !gone.includes(key)),
  );
}

function runConfig(draft: Draft): NonNullable<ImageConfig["config"]> {
  const { user, ports, env, entrypoint, cmd, volumes, workdir, labels, stopSignal } = draft;
  return {
    ...(user !== undefined && { User: user }),
    ...(ports.size > 0 && { ExposedPorts: flags(ports) }),
    ...(env.size > 0 && { Env: [...env].map(([name, value]) => `${name}=${value}`) }),
    ...(entrypoint.length > 0 && { Entrypoint: entrypoint }),
    ...(cmd.length > 0 && { Cmd: cmd }),
    ...(volumes.size > 0 && { Volumes: flags(volumes) }),
    ...(workdir !== "" && { WorkingDir: workdir }),
    ...(labels.size > 0 && { Labels: sortByKey(labels) }),
    ...(stopSignal !== undefined && { StopSignal: stopSignal }),
  };
}

/** Go's way to write a set of names. */
function flags(names: Iterable<string>): Record<string, Record<string, never>> {
  return sortByKey([...names].map((name) => [name, {}] as const));
}
