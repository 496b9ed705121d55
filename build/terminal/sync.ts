import { dirname, resolve } from "node:path";
import process from "node:process";
import { EXIT_CODES, PauseError } from "../error.ts";
import { readIfThere } from "../host/files.ts";
import type { MirroredAll } from "../mirror/many.ts";
import type { SyncFile } from "../mirror/sync/file.ts";
import type { Items } from "../mirror/sync/items.ts";
import type { Planned } from "../mirror/sync/plan.ts";
import type { OpenStores, StoresOptions } from "../mirror/sync/stores.ts";
import type { Synced } from "../mirror/sync/sync.ts";
import { type Desk, processDesk, tellerFor } from "./carrying.ts";
import { exitCode, jsonOutcome } from "./mirror-lines.ts";
import type { Screen } from "./screen.ts";
import { closingLines, planJson, planLines } from "./sync-lines.ts";
import { OUT_OF_DATE, readSyncWords, syncHelp, type SyncWords } from "./sync-words.ts";

/** What is around the command. */
export interface SyncSurroundings extends Desk {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** All of the standard input. */
  readonly readInput: () => Promise<Uint8Array>;
  readonly registry?: StoresOptions["registry"];
}

/** The command `sync`, with its words and its file read. */
interface Course extends SyncSurroundings {
  readonly words: SyncWords;
  readonly file: SyncFile;
  readonly items: Items;
  readonly stores: OpenStores;
  readonly signal: AbortSignal;
}

/**
 * `pause-image sync FILE`: mirrors, plans or checks what a sync file says.
 *
 * @returns the exit code
 * @throws PauseError `usage` for wrong words or a wrong file, before anything is asked; `storage`
 * when it cannot be read; `interrupted`
 */
export async function runSync(
  argv: readonly string[],
  signal: AbortSignal,
  surroundings: SyncSurroundings = {
    ...processDesk(),
    environment: process.env,
    readInput: standardInput,
  },
): Promise<number> {
  const { out, environment } = surroundings;
  const words = readSyncWords(argv, environment);
  if (words === "help") return write(out, syncHelp());
  if (words === "schema") {
    const { SYNC_SCHEMA } = await import("../mirror/sync/validate.ts");
    return write(out, JSON.stringify(SYNC_SCHEMA, undefined, 2));
  }
  const course = await prepare(words, signal, surroundings);
  if (!words.dryRun && !words.check) return await mirror(course);
  const { planItems } = await import("../mirror/sync/plan.ts");
  const { items: { items }, stores } = course;
  return showPlan(course, await planItems(items, stores, { deep: words.dryRun, signal }));
}

/** Reads the file, opens its registries, and asks those whose tags it tells by patterns. */
async function prepare(
  words: SyncWords,
  signal: AbortSignal,
  surroundings: SyncSurroundings,
): Promise<Course> {
  // Whoever builds does not load the YAML parser, nor the client.
  const [{ readSyncFile }, { itemsOf }, { openSyncStores }] = await Promise.all([
    import("../mirror/sync/file.ts"),
    import("../mirror/sync/items.ts"),
    import("../mirror/sync/stores.ts"),
  ]);
  const { shard, requestsPerSecond } = words;
  const { environment, registry } = surroundings;
  const folder = dirname(resolve(words.file));
  const file = readSyncFile(await bytesOf(words.file), words.file);
  const stores = await openSyncStores(file, {
    environment,
    folder,
    signal,
    ...(shard && { shard }),
    ...(requestsPerSecond !== undefined && { requestsPerSecond }),
    ...(registry && { registry }),
  });
  const items = await itemsOf(file, stores, {
    readList: (list) => readList(list, folder, surroundings),
    ...(shard && { shard }),
  });
  return { ...surroundings, words, file, items, stores, signal };
}

async function mirror(course: Course): Promise<number> {
  const { words, file, items: { items, unplanned }, stores, signal } = course;
  const keepGoing = words.keepGoing ?? file.keepGoing;
  if (unplanned[0] && !keepGoing) throw unplanned[0].error;
  const [{ syncItems }, { foreignReader }] = await Promise.all([
    import("../mirror/sync/sync.ts"),
    import("../mirror/foreign.ts"),
  ]);
  const teller = tellerFor(words, course);
  try {
    for (const { source, error } of unplanned) teller.failed(source, error);
    const synced = await syncItems(items, stores, {
      keepGoing,
      clobber: words.clobber,
      foreign: foreignReader({ network: stores.network, signal }),
      signal,
      onEvent: teller.onEvent,
      onSynced: ({ source, error }) => error && teller.failed(source, error),
    });
    teller.end();
    return close(course, synced);
  } finally {
    teller.end();
  }
}

function close({ words, items: { unplanned }, out }: Course, synced: readonly Synced[]): number {
  const outcome: MirroredAll = {
    mirrored: synced.flatMap(({ mirrored }) => mirrored ?? []),
    failures: [
      ...unplanned,
      ...synced.flatMap(({ source, error }) => error ? [{ source, error }] : []),
    ],
  };
  const skipped = synced.filter((one) => one.outcome === "skipped").map(({ source }) => source);
  if (words.json) out.write(jsonOutcome(outcome, { skipped }));
  else if (!words.quiet) {
    for (const line of closingLines(outcome, skipped.length, out.paint)) out.write(line);
  }
  return exitCode(outcome);
}

function showPlan(
  { words, items: { unplanned }, out }: Course,
  planned: readonly Planned[],
): number {
  if (words.json) out.write(planJson(planned, unplanned));
  else {
    const lines = planLines(planned, unplanned, out.paint);
    for (const line of words.quiet ? lines.slice(-1) : lines) out.write(line);
  }
  const deliveries = planned.flatMap(({ destinations }) => destinations);
  const errors = [...unplanned, ...planned, ...deliveries].flatMap(({ error }) => error ?? []);
  const [first] = errors;
  if (first !== undefined) {
    return EXIT_CODES[deliveries.some(({ state }) => state !== "failed") ? "partial" : first.code];
  }
  const isCurrent = deliveries.every(({ state }) => state === "current");
  return words.check && !isCurrent ? OUT_OF_DATE : 0;
}

function write(out: Screen, text: string): number {
  out.write(text);
  return 0;
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
  { readInput }: SyncSurroundings,
): Promise<string> {
  const bytes = list === "-" ? await readInput() : await bytesOf(resolve(folder, list));
  return new TextDecoder().decode(bytes);
}

/** Bytes that a list on the standard input may have: more than anybody mirrors in one run. */
const INPUT_LIMIT = 16 * 1024 * 1024;

async function standardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > INPUT_LIMIT) {
      throw new PauseError(
        "usage",
        `Cannot read the list of images on the standard input: it has more than ${INPUT_LIMIT} bytes.`,
      );
    }
  }
  const { joined } = await import("../oci/bytes.ts");
  return joined(chunks, size);
}
