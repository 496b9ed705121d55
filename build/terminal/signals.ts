import { setMaxListeners } from "node:events";
import process from "node:process";
import { PauseError } from "../error.ts";

/** Signals that ask us to end. */
export interface Signals {
  /** Fires at the first one, and what runs ends in good order. A second one ends us at once. */
  readonly signal: AbortSignal;
  /** Has the first one end us for good, if there was one. */
  readonly obey: () => void;
}

/** Listens for SIGINT and SIGTERM from now on. */
export function onSignals(): Signals {
  const controller = new AbortController();
  let obey = (): void => {};
  // Each process that runs listens to it, which Node takes for a leak from the eleventh on.
  setMaxListeners(0, controller.signal);
  for (const [name, number] of [["SIGINT", 2], ["SIGTERM", 15]] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(128 + number);
      controller.abort(new PauseError("interrupted", `Stopped by ${name}.`));
      process.exitCode = 128 + number;
      obey = () => {
        process.removeAllListeners(name);
        process.kill(process.pid, name);
      };
    });
  }
  return { signal: controller.signal, obey: () => obey() };
}
