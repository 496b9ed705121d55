import type { MirrorEvent } from "../mirror/report.ts";
import { isManifest } from "../oci/media-types.ts";
import type { Digest } from "../oci/digest.ts";
import { formatBytes, formatSeconds } from "./sizes.ts";
import type { Paint } from "./screen.ts";

/** The stream of a terminal. */
export interface TerminalStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** Bars that are drawn in place, below the lines of a command. */
export interface Progress {
  readonly onEvent: (event: MirrorEvent) => void;
  /** Writes a line above the bars. */
  readonly print: (write: () => void) => void;
  /** Takes the bars away. Nothing else of the terminal was changed. */
  readonly end: () => void;
}

/** How a destination is getting on, in bytes of blobs. */
interface Bar {
  expected: number;
  done: number;
  /** Of blobs under way. */
  readonly under: Map<Digest, number>;
  /** Bytes per second, of late. */
  speed: number;
  /** What came since the speed was measured. */
  fresh: number;
  delivering: boolean;
}

/** Milliseconds between two drawings. */
const PERIOD = 100;
/** How much of the last second's speed counts, of each new second: a mean that forgets. */
const WEIGHT = 0.3;

/**
 * Draws a bar for each destination: bytes, speed and the time that is left.
 *
 * @param now milliseconds from any moment on
 */
export function liveProgress(
  stream: TerminalStream,
  paint: Paint,
  now: () => number = () => performance.now(),
): Progress {
  const bars: Map<string, Bar> = new Map();
  let drawn = 0;
  let measured = now();
  const clear = (): void => {
    // Up to the first bar, and everything below away.
    if (drawn > 0) stream.write(`\x1b[${drawn}A\x1b[0J`);
    drawn = 0;
  };
  const draw = (): void => {
    const { columns = 80, rows = 24 } = stream;
    const active = [...bars].filter(([, { delivering }]) => delivering).slice(0, rows - 2);
    const lines = active.map(([name, bar]) => lineOf(name, bar, columns - 1, paint));
    clear();
    if (lines.length > 0) stream.write(`${lines.join("\n")}\n`);
    drawn = lines.length;
  };
  const timer = setInterval(() => {
    const seconds = (now() - measured) / 1000;
    if (seconds >= 0.5) {
      for (const bar of bars.values()) measure(bar, seconds);
      measured = now();
    }
    draw();
  }, PERIOD);
  timer.unref?.();
  return {
    onEvent: (event) => count(bars, event),
    print: (write) => {
      clear();
      write();
      draw();
    },
    end: () => {
      clearInterval(timer);
      clear();
    },
  };
}

function count(bars: Map<string, Bar>, event: MirrorEvent): void {
  if (event.type === "delivered") {
    for (const [name, bar] of bars) {
      const { destination } = event.delivery;
      // A tag or a digest follows: pause-extra is another one than pause.
      if (destination.startsWith(name) && /^[:@]/.test(destination.slice(name.length))) {
        bar.delivering = false;
      }
    }
  }
  if (event.type !== "expected" && event.type !== "bytes" && event.type !== "piece") return;
  const bar = bars.get(event.destination) ?? newBar();
  bars.set(event.destination, bar);
  bar.delivering = true;
  if (event.type === "expected") bar.expected += event.bytes;
  else if (event.type === "bytes") {
    const { digest, size } = event.blob;
    // An upload that starts over sends again what counts already.
    bar.under.set(digest, Math.min(size, (bar.under.get(digest) ?? 0) + event.bytes));
    bar.fresh += event.bytes;
  } else if (!isManifest(event.descriptor.mediaType)) {
    bar.under.delete(event.descriptor.digest);
    bar.done += event.descriptor.size;
  }
}

function newBar(): Bar {
  return { expected: 0, done: 0, under: new Map(), speed: 0, fresh: 0, delivering: true };
}

function measure(bar: Bar, seconds: number): void {
  const latest = bar.fresh / seconds;
  bar.speed = bar.speed === 0 ? latest : WEIGHT * latest + (1 - WEIGHT) * bar.speed;
  bar.fresh = 0;
}

/** One line: name, bar, bytes, speed, time. What does not fit is left out, the bar first. */
function lineOf(name: string, bar: Bar, width: number, paint: Paint): string {
  const under = [...bar.under.values()].reduce((sum, bytes) => sum + bytes, 0);
  const done = Math.min(bar.done + under, bar.expected);
  const left = bar.speed > 0 ? `${formatSeconds((bar.expected - done) / bar.speed)} left` : "";
  const speed = bar.speed > 0 ? `${formatBytes(bar.speed)}/s` : "";
  const figures = [`${formatBytes(done)} of ${formatBytes(bar.expected)}`, speed, left]
    .filter(Boolean).join("  ");
  const room = width - figures.length - 2;
  const shown = name.length <= room ? name : `…${name.slice(1 - Math.max(1, room))}`;
  const length = Math.min(30, room - shown.length - 4);
  const full = bar.expected === 0 ? 0 : Math.floor(length * done / bar.expected);
  const drawn = length < 5
    ? ""
    : `  [${paint("green", "#".repeat(full))}${" ".repeat(length - full)}]`;
  return room < 8 ? figures.slice(0, width) : `${shown}${drawn}  ${figures}`;
}
