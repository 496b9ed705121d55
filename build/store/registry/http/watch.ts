import type { Transport } from "./transport.ts";
import { IDLE, NO_CONNECTION, WHOLE } from "./troubles.ts";

/** Gives one request up when it takes too long, or when the user wants it to end. */
export interface Watch {
  readonly signal: AbortSignal;
  /** Counts the idle time from now on, in place of the time for a connection. */
  restart(): void;
  /** Stops that clock while it is our side that takes its time. */
  pause(): void;
  /** Ends the watch, the request being over. */
  end(): void;
  /** Why the watch gave the request up, if it did. */
  reason(): unknown;
  /** What its socket said, which may be before anybody reads the answer. */
  failure: Error | undefined;
}

type Timer = ReturnType<typeof setTimeout>;

/**
 * Starts to watch over a request; the time for its connection counts from now.
 * @throws the signal's reason when it has fired already
 */
export function watchOver(transport: Transport): Watch {
  const { signal, connectTimeout, idleTimeout, wholeTimeout } = transport;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal?.reason);
  const after = (milliseconds: number, what: string): Timer =>
    setTimeout(
      () => controller.abort(new Error(`${what} within ${milliseconds / 1000} s`)),
      milliseconds,
    );
  const whole = wholeTimeout === undefined ? undefined : after(wholeTimeout, WHOLE);
  const connecting = after(connectTimeout, NO_CONNECTION);
  let timer: Timer | undefined;
  /** When the idle time is over, by performance.now(); undefined while that clock stands. */
  let due: number | undefined;
  let ended = false;
  const look = (): void => {
    timer = undefined;
    if (due === undefined) return;
    const left = due - performance.now();
    if (left > 0) timer = setTimeout(look, left);
    else controller.abort(new Error(`${IDLE} within ${idleTimeout / 1000} s`));
  };
  const pause = (): void => {
    if (due === undefined) clearTimeout(connecting);
    due = undefined;
  };
  signal?.addEventListener("abort", stop);
  return {
    signal: controller.signal,
    restart() {
      pause();
      if (ended) return;
      due = performance.now() + idleTimeout;
      // Large blobs come and go in thousands of pieces: one timer for all of them.
      timer ??= setTimeout(look, idleTimeout);
    },
    pause,
    end() {
      ended = true;
      pause();
      clearTimeout(timer);
      clearTimeout(whole);
      signal?.removeEventListener("abort", stop);
    },
    failure: undefined,
    reason: () => controller.signal.aborted ? controller.signal.reason : undefined,
  };
}
