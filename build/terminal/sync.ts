import { dirname, resolve } from "node:path";
import process from "node:process";
import { EXIT_CODES, PauseError } from "../error.ts";
import { readIfThere } from "../host/files.ts";
import type { SyncFile } from "../mirror/sync/file.ts";
import type { Items } from "../mirror/sync/items.ts";
import type { Planned } from "../mirror/sync/plan.ts";
import type { StoresOptions } from "../mirror/sync/stores.ts";
import type { Synced } from "../mirror/sync/sync.ts";
import { type Screen, screen } from "./screen.ts";
import { closingLines, planJson, planLines, syncedJson, syncedLines } from "./sync-lines.ts";
import { OUT_OF_DATE, readSyncWords, syncHelp, type SyncWords } from "./sync-words.ts";

/** What is around the command. */
export interface SyncSurroundings {
  readonly out: Screen;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** All of the standard input. */
  readonly readInput: () => Promise<Uint8Array>;
  readonly registry?: StoresOptions["registry"];
}

/** The command `sync`, with the words that follow it, the file read. */
interface Course extends SyncSurroundings {
  readonly words: SyncWords;
  readonly file: SyncFile;
  readonly items: Items;
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
    out: screen(process.stdout, process.env),
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
  // Whoever builds does not load the YAML parser, nor the client.
  const [{ readSyncFile }, { itemsOf }, { openSyncStores }] = await Promise.all([
    import("../mirror/sync/file.ts"),
    import("../mirror/sync/items.ts"),
    import("../mirror/sync/stores.ts"),
  ]);
  const { shard, requestsPerSecond } = words;
  const folder = dirname(resolve(words.file));
  const file = readSyncFile(await bytesOf(words.file), words.file);
  const stores = await openSyncStores(file, {
    environment,
    folder,
    plainHttp: words.plainHttp,
    signal,
    ...(shard && { shard }),
    ...(requestsPerSecond !== undefined && { requestsPerSecond }),
    ...(surroundings.registry && { registry: surroundings.registry }),
  });
  const items = await itemsOf(file, stores, {
    readList: (list) => readList(list, folder, surroundings),
    ...(shard && { shard }),
  });
  const course = { ...surroundings, words, file, items, signal };
  if (!words.dryRun && !words.check) return await mirror(course, stores);
  const { planItems } = await import("../mirror/sync/plan.ts");
  const planned = await planItems(items.items, stores, { deep: words.dryRun, signal });
  return showPlan(course, planned);
}

type Stores = Awaited<ReturnType<typeof import("../mirror/sync/stores.ts").openSyncStores>>;

async function mirror(course: Course, stores: Stores): Promise<number> {
  const { words, file, items: { items, unplanned }, signal, out } = course;
  const keepGoing = words.keepGoing ?? file.keepGoing;
  if (unplanned[0] && !keepGoing) throw unplanned[0].error;
  for (const { source, error } of unplanned) report(course, { source, outcome: "failed", error });
  const { syncItems } = await import("../mirror/sync/sync.ts");
  const synced = await syncItems(items, stores, {
    keepGoing,
    signal,
    onSynced: (one) => report(course, one),
  });
  if (!words.json && !words.quiet) {
    for (const line of closingLines(synced, unplanned.length, out.paint)) out.write(line);
  }
  const errors = [...unplanned.map(({ error }) => error), ...synced.flatMap(errorsOf)];
  const isPartial = synced.some(({ mirrored }) =>
    mirrored?.deliveries.some(({ outcome }) => outcome !== "failed")
  );
  return exitCode(errors, isPartial);
}

/** What failed is always told. */
function report({ words, out }: Course, synced: Synced): void {
  if (words.json) return out.write(syncedJson(synced));
  if (words.quiet && synced.outcome !== "failed") return;
  for (const line of syncedLines(synced, out.paint)) out.write(line);
}

function errorsOf({ error, mirrored }: Synced): PauseError[] {
  return [error, ...mirrored?.deliveries.map((delivery) => delivery.error) ?? []]
    .filter((one) => one !== undefined);
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
  const isPartial = deliveries.some(({ state }) => state !== "failed");
  const failed = exitCode(errors, isPartial);
  if (failed !== 0 || !words.check) return failed;
  return deliveries.every(({ state }) => state === "current") ? 0 : OUT_OF_DATE;
}

function exitCode(errors: readonly PauseError[], isPartial: boolean): number {
  const [first] = errors;
  if (first === undefined) return 0;
  return EXIT_CODES[isPartial ? "partial" : first.code];
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
