import process from "node:process";
import { EXIT_CODES } from "../error.ts";
import type { FileSyncOptions, PlannedAll, SyncedAll } from "../mirror/sync/by-file.ts";
import { type Desk, processDesk, type Teller, telling } from "./carrying.ts";
import { commandHelp } from "./command-help.ts";
import { exitCode, jsonOutcome } from "./mirror-lines.ts";
import { type Screen, screen } from "./screen.ts";
import { readInput } from "./standard-input.ts";
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
    readInput: () => readInput(process.stdin, screen(process.stderr, process.env)),
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
  const act = words.dryRun || words.check ? plan : mirror;
  return await telling(words, surroundings, (teller) => act(words, options, out, teller));
}

async function plan(words: SyncWords, options: FileSyncOptions, out: Screen): Promise<number> {
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

async function mirror(
  words: SyncWords,
  options: FileSyncOptions,
  out: Screen,
  teller: Teller,
): Promise<number> {
  const { clobber, keepGoing } = words;
  const { syncByFile } = await import("../mirror/sync/by-file.ts");
  const synced = await syncByFile(words.file, {
    ...options,
    clobber,
    onEvent: teller.onEvent,
    onFailed: teller.failed,
    ...(keepGoing && { keepGoing }),
  });
  teller.end();
  return close(words, synced, out);
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
