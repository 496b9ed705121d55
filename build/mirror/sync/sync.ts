import pLimit from "p-limit";
import { PauseError } from "../../error.ts";
import { everySettled } from "../../host/settle.ts";
import type { OpenForeign } from "../foreign.ts";
import { type MirrorMemory, mirrorMemory } from "../memory.ts";
import { mirrorImage } from "../mirror.ts";
import type { ImageOptions } from "../options.ts";
import type { Mirrored, MirrorEvent } from "../report.ts";
import type { SyncItem, SyncStores } from "./items.ts";
import { refOf, sourceName, subsetOf, targetsOf, whyNot } from "./targets.ts";

/** What became of an item. */
export interface Synced {
  readonly source: string;
  /** `failed`: at its source or at one of its destinations. `skipped`: another one failed before. */
  readonly outcome: "done" | "failed" | "skipped";
  /** What became of each destination; undefined when it was skipped, or failed at its source. */
  readonly mirrored?: Mirrored;
  /** Why it failed at its source. */
  readonly error?: PauseError;
}

export interface SyncOptions {
  /** Whether the others still begin after one has failed. @default false */
  readonly keepGoing?: boolean;
  /** Where foreign layers are fetched from, for the items that include them. */
  readonly foreign?: OpenForeign;
  /** Whether tags that name something else already are pointed at the images. @default true */
  readonly clobber?: boolean;
  readonly signal?: AbortSignal;
  /** What happens to the images. */
  readonly onEvent?: (event: MirrorEvent) => void;
  /** Called when an item is done with. */
  readonly onSynced?: (synced: Synced) => void;
}

/** How many images are under way at once. */
const ITEMS_AT_ONCE = 16;

interface Course {
  readonly stores: SyncStores;
  readonly options: SyncOptions;
  readonly memory: MirrorMemory;
  readonly limit: <Value>(work: () => Promise<Value>) => Promise<Value>;
  /** Set when nothing more is to begin. */
  stopped: boolean;
}

/**
 * Mirrors the items of a sync file. The state is in the registries alone: what is up to date is
 * passed over, and a run that was ended is gone on with by another run.
 *
 * @returns what became of each item, in their order
 * @throws PauseError `interrupted`
 */
export async function syncItems(
  items: readonly SyncItem[],
  stores: SyncStores,
  options: SyncOptions = {},
): Promise<Synced[]> {
  const limit = pLimit(ITEMS_AT_ONCE);
  const course: Course = { stores, options, memory: mirrorMemory(), limit, stopped: false };
  return await everySettled(items.map((item) => limit(() => syncItem(item, course))));
}

async function syncItem(item: SyncItem, course: Course): Promise<Synced> {
  const { options } = course;
  options.signal?.throwIfAborted();
  const synced: Synced = course.stopped
    ? { source: sourceName(item), outcome: "skipped" }
    : await attempt(item, course);
  if (synced.outcome === "failed" && options.keepGoing !== true) course.stopped = true;
  options.onSynced?.(synced);
  return synced;
}

async function attempt(item: SyncItem, course: Course): Promise<Synced> {
  const source = sourceName(item);
  const store = course.stores.source(item.source);
  try {
    const targets = targetsOf(item, course.stores);
    const options = mirrorOptions(item, course);
    const mirrored = await mirrorImage(store, refOf(item.source), targets, options);
    const hasFailed = mirrored.deliveries.some(({ outcome }) => outcome === "failed");
    return { source, outcome: hasFailed ? "failed" : "done", mirrored };
  } catch (thrown) {
    const error = await whyNot(item, store, thrown);
    if (!(error instanceof PauseError) || error.code === "interrupted") throw error;
    return { source, outcome: "failed", error };
  }
}

function mirrorOptions({ options: item }: SyncItem, { options, memory }: Course): ImageOptions {
  const subset = subsetOf(item);
  return {
    referrers: item.referrers,
    refresh: item.refresh,
    memory,
    ...(options.clobber !== undefined && { clobber: options.clobber }),
    ...(subset && { subset }),
    ...(item.foreignLayers === "include" && options.foreign && { foreign: options.foreign }),
    ...(options.signal && { signal: options.signal }),
    ...(options.onEvent && { onEvent: options.onEvent }),
  };
}
