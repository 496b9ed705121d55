import process from "node:process";
import type { PauseError } from "../error.ts";
import type { MirroredAll } from "../mirror/many.ts";
import type { MirrorEvent } from "../mirror/report.ts";
import { closingTable, deliveryLine, exitCode, jsonEvent, jsonOutcome } from "./mirror-lines.ts";
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

/** Tells in lines, above bars where there is a terminal; or in JSON. */
export function tellerFor(
  { json, quiet }: Pick<CarryWords, "json" | "quiet">,
  { out, err, terminal }: Desk,
): Teller {
  const bars: Progress | undefined = terminal && !json && !quiet
    ? liveProgress(terminal, err.paint)
    : undefined;
  const print = (write: () => void): void => bars ? bars.print(write) : write();
  const tell = (event: MirrorEvent): void => {
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
      if (!json) {
        print(() => err.write(`${source}  ${err.paint("red", "failed")}  ${error.message}`));
      }
    },
    end: () => bars?.end(),
    close: (outcome, more) => {
      bars?.end();
      if (json) out.write(jsonOutcome(outcome, more));
      else if (!quiet) { for (const line of closingTable(outcome, out.paint)) out.write(line); }
      return exitCode(outcome);
    },
  };
}
