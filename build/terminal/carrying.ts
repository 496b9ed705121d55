import process from "node:process";
import { EXIT_CODES, type PauseError } from "../error.ts";
import type { MirroredAll } from "../mirror/many.ts";
import type { MirrorEvent } from "../mirror/report.ts";
import {
  closingTable,
  deliveryLine,
  exitCode,
  jsonEvent,
  jsonFailure,
  jsonOutcome,
} from "./mirror-lines.ts";
import type { CarryWords } from "./mirror-words.ts";
import { liveProgress, type Progress, type TerminalStream } from "./progress.ts";
import { type Screen, screen } from "./screen.ts";

/** Where a command that moves images writes to. */
export interface Desk {
  readonly out: Screen;
  readonly err: Screen;
  /** The terminal to draw bars on, where there is one. */
  readonly terminal?: TerminalStream;
}

/** The desk of this process: bars only where somebody looks, and not into the log of a CI. */
export function processDesk(): Desk {
  const { CI = "", TERM } = process.env;
  const isLive = process.stderr.isTTY === true && CI === "" && TERM !== "dumb";
  return {
    out: screen(process.stdout, process.env),
    err: screen(process.stderr, process.env),
    ...(isLive && { terminal: process.stderr }),
  };
}

/** Tells what happens while images are moved. */
export interface Teller {
  readonly onEvent: (event: MirrorEvent) => void;
  /** Tells of an image that could not be found. */
  readonly failed: (source: string, error: PauseError) => void;
  /** Whether `error` was told with the image that it is about. */
  readonly hasTold: (error: unknown) => error is PauseError;
  /** Takes the bars away, whatever happened. */
  readonly end: () => void;
  /** Closes with a table, or a line of JSON. @returns the exit code */
  readonly close: (outcome: MirroredAll, more?: object) => number;
}

/**
 * Does what a command is for, and tells of it. The last line of JSON is there however it ends.
 *
 * @param work returns the exit code
 * @throws what `work` throws, unless it was told already: then its exit code is returned
 */
export async function telling(
  words: Pick<CarryWords, "json" | "quiet">,
  desk: Desk,
  work: (teller: Teller) => Promise<number>,
): Promise<number> {
  const teller = tellerFor(words, desk);
  try {
    return await work(teller);
  } catch (error) {
    if (words.json) desk.out.write(jsonFailure(error));
    if (!teller.hasTold(error)) throw error;
    return EXIT_CODES[error.code];
  } finally {
    teller.end();
  }
}

/** Tells in lines, above bars where there is a terminal; or in JSON. */
export function tellerFor(
  { json, quiet }: Pick<CarryWords, "json" | "quiet">,
  { out, err, terminal }: Desk,
): Teller {
  const bars: Progress | undefined = terminal && !json && !quiet
    ? liveProgress(terminal, err.paint)
    : undefined;
  const told = new Set<unknown>();
  const print = (write: () => void): void => bars ? bars.print(write) : write();
  const tell = (event: MirrorEvent): void => {
    if (event.type === "delivered") told.add(event.delivery.error);
    if (json) {
      const line = jsonEvent(event);
      if (line !== undefined) out.write(line);
      return;
    }
    bars?.onEvent(event);
    if (event.type === "delivered") {
      const { delivery } = event;
      const to = delivery.outcome === "failed" ? err : out;
      if (!quiet || delivery.outcome === "failed") {
        print(() => to.write(deliveryLine(delivery, to.paint)));
      }
    }
    if (event.type === "note") {
      print(() => err.write(`${err.paint("bold", "note:")} ${event.note}`));
    }
  };
  return {
    onEvent: tell,
    failed: (source, error) => {
      told.add(error);
      if (!json) {
        print(() => err.write(`${source}  ${err.paint("red", "failed")}  ${error.message}`));
      }
    },
    hasTold: (error): error is PauseError => told.has(error),
    end: () => bars?.end(),
    close: (outcome, more) => {
      bars?.end();
      if (json) out.write(jsonOutcome(outcome, more));
      else if (!quiet) { for (const line of closingTable(outcome, out.paint)) out.write(line); }
      return exitCode(outcome);
    },
  };
}
