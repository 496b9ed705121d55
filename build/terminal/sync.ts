import process from "node:process";
import { EXIT_CODES, PauseError } from "../error.ts";
import type {
  FileSyncOptions,
  PlannedAll,
  SyncByFileOptions,
  SyncedAll,
} from "../mirror/sync/by-file.ts";
import { type Desk, processDesk, tellerFor } from "./carrying.ts";
import { commandHelp } from "./command-help.ts";
import { exitCode, jsonOutcome } from "./mirror-lines.ts";
import type { Screen } from "./screen.ts";
import { closingLines, planJson, planLines } from "./sync-lines.ts";
import { OUT_OF_DATE, SYNC } from "./manual/sync.ts";
import { readSyncWords, type SyncWords } from "./sync-words.ts";

/** What is around the command. */
export interface SyncSurroundings extends Desk {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** All of the standard input. */
  readonly readInput: () => Promise<Uint8Array>;
  readonly registry?: FileSyncOptions["registry"];
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
  if (words === "help") return write(out, commandHelp(SYNC));
  if (words === "schema") {
    const { SYNC_SCHEMA } = await import("../mirror/sync/validate.ts");
    return write(out, JSON.stringify(SYNC_SCHEMA, undefined, 2));
  }
  const options = optionsOf(words, signal, surroundings);
  if (!words.dryRun && !words.check) return await mirror(words, options, surroundings);
  // Whoever builds does not load the YAML parser, nor the client.
  const { planByFile } = await import("../mirror/sync/by-file.ts");
  const plan = await planByFile(words.file, { ...options, deep: words.dryRun });
  return showPlan(words, plan, out);
}

function optionsOf(
  { shard, requestsPerSecond }: SyncWords,
  signal: AbortSignal,
  { environment, readInput, registry }: SyncSurroundings,
): FileSyncOptions {
  return {
    environment,
    readInput,
    signal,
    ...(shard && { shard }),
    ...(requestsPerSecond !== undefined && { requestsPerSecond }),
    ...(registry && { registry }),
  };
}

async function mirror(words: SyncWords, options: FileSyncOptions, desk: Desk): Promise<number> {
  const { clobber, keepGoing } = words;
  const { syncByFile } = await import("../mirror/sync/by-file.ts");
  const teller = tellerFor(words, desk);
  const telling: SyncByFileOptions = {
    ...options,
    clobber,
    onEvent: teller.onEvent,
    onFailed: teller.failed,
    ...(keepGoing && { keepGoing }),
  };
  try {
    const synced = await syncByFile(words.file, telling);
    teller.end();
    return close(words, synced, desk.out);
  } finally {
    teller.end();
  }
}

function close(words: SyncWords, synced: SyncedAll, out: Screen): number {
  const { skipped } = synced;
  if (words.json) out.write(jsonOutcome(synced, { skipped }));
  else if (!words.quiet) {
    for (const line of closingLines(synced, skipped.length, out.paint)) out.write(line);
  }
  return exitCode(synced);
}

function showPlan(words: SyncWords, { planned, unplanned }: PlannedAll, out: Screen): number {
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
