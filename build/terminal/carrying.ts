import process from "node:process";
import { EXIT_CODES, PauseError } from "../error.ts";
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
  /** Takes the bars away, whatever happened. */
  readonly end: () => void;
  /** Closes with a table, or a line of JSON. @returns the exit code */
  readonly close: (outcome: MirroredAll, more?: object) => number;
}

/**
 * Does what a command is for, and tells of it. The last line of JSON is there however it ends.
 *
 * @param work returns the exit code
 * @throws what `work` throws, unless it was told with the image that it is about: then its exit code
 * is returned
 */
export async function telling(
  words: Pick<CarryWords, "json" | "quiet">,
  desk: Desk,
  work: (teller: Teller) => Promise<number>,
): Promise<number> {
  const teller = tellerFor(words, desk);
  const told = new Set<unknown>();
  const onEvent = (event: MirrorEvent): void => {
    if (event.type === "delivered") told.add(event.delivery.error);
    teller.onEvent(event);
  };
  try {
    return await work({ ...teller, onEvent });
  } catch (error) {
    if (words.json) desk.out.write(jsonFailure(error));
    if (error instanceof PauseError && told.has(error)) return EXIT_CODES[error.code];
    throw error;
  } finally {
    teller.end();
  }
}

/** Tells in lines, above bars where there is a terminal; or in JSON. */
export function tellerFor(words: Pick<CarryWords, "json" | "quiet">, desk: Desk): Teller {
  return words.json ? jsonTeller(desk) : lineTeller(words, desk);
}

function jsonTeller({ out }: Desk): Teller {
  return {
    onEvent: (event) => {
      const line = jsonEvent(event);
      if (line !== undefined) out.write(line);
    },
    failed: () => {},
    end: () => {},
    close: (outcome, more) => {
      out.write(jsonOutcome(outcome, more));
      return exitCode(outcome);
    },
  };
}

function lineTeller({ quiet }: Pick<CarryWords, "quiet">, { out, err, terminal }: Desk): Teller {
  const bars: Progress | undefined = terminal && !quiet
    ? liveProgress(terminal, err.paint)
    : undefined;
  const print = (write: () => void): void => bars ? bars.print(write) : write();
  return {
    onEvent: (event) => {
      bars?.onEvent(event);
      if (event.type === "delivered") {
        const { delivery } = event;
        const to = delivery.outcome === "failed" ? err : out;
        if (!quiet || to === err) print(() => to.write(deliveryLine(delivery, to.paint)));
      }
      if (event.type === "note") {
        print(() => err.write(`${err.paint("bold", "note:")} ${event.note}`));
      }
    },
    failed: (source, error) =>
      print(() => err.write(`${source}  ${err.paint("red", "failed")}  ${error.message}`)),
    end: () => bars?.end(),
    close: (outcome) => {
      bars?.end();
      if (!quiet) { for (const line of closingTable(outcome, out.paint)) out.write(line); }
      return exitCode(outcome);
    },
  };
}
