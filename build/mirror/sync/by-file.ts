import { dirname, resolve } from "node:path";
import process from "node:process";
import { PauseError } from "../../error.ts";
import { readIfThere } from "../../host/files.ts";
import type { Environment } from "../../store/registry/http/trust.ts";
import { foreignReader } from "../foreign.ts";
import type { MirroredAll } from "../many.ts";
import type { MirrorEvent } from "../report.ts";
import { readSyncFile, type SyncFile } from "./file.ts";
import { type Items, itemsOf, type Unplanned } from "./items.ts";
import { planItems, type Planned } from "./plan.ts";
import { type OpenStores, openSyncStores, type RegistriesOptions } from "./stores.ts";
import { type Synced, syncItems } from "./sync.ts";

/** How a sync file is carried out, beyond what it says itself. */
export interface FileSyncOptions extends RegistriesOptions {
  /** Where logins, proxies and certificates are told. @default the process's */
  readonly environment?: Environment;
  /** All of the standard input, for a list called `-`. @default such a list is refused */
  readonly readInput?: () => Promise<Uint8Array>;
}

/** How the images of a sync file are mirrored, beyond what it says itself. */
export interface SyncByFileOptions extends FileSyncOptions {
  /** Whether tags that name something else already are pointed at the images. @default true */
  readonly clobber?: boolean;
  /** Hears of everything as it happens. */
  readonly onEvent?: (event: MirrorEvent) => void;
  /** Whether the others still begin after one has failed. @default as the file says */
  readonly keepGoing?: boolean;
  /** Called with an image that could not even be found. */
  readonly onFailed?: (source: string, error: PauseError) => void;
}

/** What became of the images of a sync file. */
export interface SyncedAll extends MirroredAll {
  /** Images that were not begun, because another one had failed. */
  readonly skipped: readonly string[];
}

export interface PlanByFileOptions extends FileSyncOptions {
  /** Counts what would be sent, too. @default false */
  readonly deep?: boolean;
}

/** What there would be to do for a sync file. */
export interface PlannedAll {
  readonly planned: readonly Planned[];
  readonly unplanned: readonly Unplanned[];
}

/**
 * Mirrors all the images that a sync file names.
 *
 * @param path the file's path; docs/mirror-sync.md says what it may hold
 * @throws PauseError `usage` for a wrong file, before anything is asked; `storage` when it cannot be
 * read; without `keepGoing` the error of a source whose tags cannot be told; `interrupted`. What
 * becomes of each image is a result, failures too
 */
export async function syncByFile(
  path: string,
  options: SyncByFileOptions = {},
): Promise<SyncedAll> {
  const { file, items: { items, unplanned }, stores } = await openSyncFile(path, options);
  const { keepGoing = file.keepGoing, clobber, signal, onEvent, onFailed } = options;
  if (unplanned[0] && !keepGoing) throw unplanned[0].error;
  for (const { source, error } of unplanned) onFailed?.(source, error);
  const synced = await syncItems(items, stores, {
    keepGoing,
    foreign: foreignReader({ network: stores.network, ...(signal && { signal }) }),
    onSynced: ({ source, error }) => error && onFailed?.(source, error),
    ...(clobber !== undefined && { clobber }),
    ...(signal && { signal }),
    ...(onEvent && { onEvent }),
  });
  return outcomeOf(synced, unplanned);
}

/**
 * Looks at both sides of all that a sync file names, and changes nothing.
 * @throws PauseError as {@link syncByFile}; what cannot be looked at is a result
 */
export async function planByFile(
  path: string,
  options: PlanByFileOptions = {},
): Promise<PlannedAll> {
  const { deep = false, signal } = options;
  const { items: { items, unplanned }, stores } = await openSyncFile(path, options);
  const planned = await planItems(items, stores, { deep, ...(signal && { signal }) });
  return { planned, unplanned };
}

/** A sync file that was read, with its registries opened. */
interface Opened {
  readonly file: SyncFile;
  readonly items: Items;
  readonly stores: OpenStores;
}

/** Reads the file, opens its registries, and asks those whose tags it tells by patterns. */
async function openSyncFile(path: string, options: FileSyncOptions): Promise<Opened> {
  const { environment = process.env, shard } = options;
  const folder = dirname(resolve(path));
  const file = readSyncFile(await bytesOf(path), path);
  const stores = await openSyncStores(file, { ...options, environment, folder });
  const items = await itemsOf(file, stores, {
    readList: (list) => readList(list, folder, options),
    ...(shard && { shard }),
  });
  return { file, items, stores };
}

function outcomeOf(synced: readonly Synced[], unplanned: readonly Unplanned[]): SyncedAll {
  return {
    mirrored: synced.flatMap(({ mirrored }) => mirrored ?? []),
    failures: [
      ...unplanned,
      ...synced.flatMap(({ source, error }) => error ? [{ source, error }] : []),
    ],
    skipped: synced.filter(({ outcome }) => outcome === "skipped").map(({ source }) => source),
  };
}

async function bytesOf(path: string): Promise<Uint8Array> {
  const bytes = await readIfThere(path);
  if (bytes !== undefined) return bytes;
  throw new PauseError(
    "usage",
    `Cannot sync ${path}: there is no such file. docs/mirror-sync.md says how to write one.`,
  );
}

async function readList(
  list: string,
  folder: string,
  { readInput = noInput }: FileSyncOptions,
): Promise<string> {
  const bytes = list === "-" ? await readInput() : await bytesOf(resolve(folder, list));
  return new TextDecoder().decode(bytes);
}

function noInput(): Promise<Uint8Array> {
  throw new PauseError(
    "usage",
    'Cannot read the list "-": nothing comes on the standard input here. Name a file.',
  );
}
