import type { Transport } from "./transport.ts";
import { IDLE } from "./trouble.ts";

/** Gives one request up when nothing moves for too long, or when the user wants it to end. */
export interface Watch {
  readonly signal: AbortSignal;
  /** Counts the idle time from now on. */
  restart(): void;
  /** Stops the clock while it is our side that takes its time. */
  pause(): void;
  /** Ends the watch, the request being over. */
  end(): void;
  /** Why the watch gave the request up, if it did. */
  reason(): unknown;
}

/**
 * Starts to watch over a request; the idle time counts from now.
 * @throws the signal's reason when it has fired already
 */
export function watchOver({ signal, idleTimeout }: Transport): Watch {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal?.reason);
  const idle = (): void => controller.abort(new Error(`${IDLE} for ${idleTimeout / 1000} s`));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  const pause = (): void => clearTimeout(timer);
  const restart = (): void => {
    pause();
    if (!ended) timer = setTimeout(idle, idleTimeout);
  };
  signal?.addEventListener("abort", stop);
  restart();
  return {
    signal: controller.signal,
    restart,
    pause,
    end: () => {
      ended = true;
      pause();
      signal?.removeEventListener("abort", stop);
    },
    reason: () => controller.signal.aborted ? controller.signal.reason : undefined,
  };
}
