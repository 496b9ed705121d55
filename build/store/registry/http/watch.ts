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
  const idle = idleClock(
    idleTimeout,
    () => controller.abort(new Error(`${IDLE} within ${idleTimeout / 1000} s`)),
  );
  let ended = false;
  const pause = (): void => {
    clearTimeout(connecting);
    idle.stop();
  };
  signal?.addEventListener("abort", stop);
  return {
    signal: controller.signal,
    restart() {
      clearTimeout(connecting);
      if (!ended) idle.start();
    },
    pause,
    end() {
      ended = true;
      pause();
      idle.end();
      clearTimeout(whole);
      signal?.removeEventListener("abort", stop);
    },
    failure: undefined,
    reason: () => controller.signal.aborted ? controller.signal.reason : undefined,
  };
}

/** A clock that runs out when it is not started again, or stopped, in time. */
interface Clock {
  start(): void;
  stop(): void;
  /** Stops it for good: nothing waits for it any more. */
  end(): void;
}

/** Large blobs come and go in thousands of pieces, so one timer looks after all of its starts. */
function idleClock(milliseconds: number, over: () => void): Clock {
  let timer: Timer | undefined;
  /** When the time is over, by performance.now(); undefined while the clock stands. */
  let due: number | undefined;
  const look = (): void => {
    timer = undefined;
    if (due === undefined) return;
    const left = due - performance.now();
    if (left > 0) timer = setTimeout(look, left);
    else over();
  };
  return {
    start() {
      due = performance.now() + milliseconds;
      timer ??= setTimeout(look, milliseconds);
    },
    stop() {
      due = undefined;
    },
    end() {
      due = undefined;
      clearTimeout(timer);
    },
  };
}
