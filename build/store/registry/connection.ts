import type { Answer, Outgoing, Payload, Transport } from "./transport.ts";
import { IDLE } from "./trouble.ts";

/**
 * Sends one request, without following redirects. The only place that opens sockets.
 *
 * @throws what the runtime's fetch throws; what the payload's source throws; `transport.signal`'s
 * reason; an {@link IDLE} error when nothing moves for `transport.idleTimeout`. So does the body of
 * the answer.
 */
export async function send(request: Outgoing, transport: Transport): Promise<Answer> {
  const source: Source = {};
  const watch = watchOver(transport, source);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: {
        "user-agent": transport.userAgent,
        // Digests and sizes are of the bytes as stored.
        "accept-encoding": "identity",
        ...request.headers,
      },
      redirect: "manual",
      signal: watch.signal,
      body: request.payload === undefined ? null : await bodyOf(request.payload, watch, source),
    });
    const { status, headers } = response;
    return { url: request.url, status, headers, body: watched(response.body, watch) };
  } catch (error) {
    watch.end();
    throw source.failure?.error ?? watch.reason() ?? error;
  }
}

/** Keeps why the source of a payload failed: fetch hides it behind an error of its own. */
interface Source {
  failure?: { readonly error: unknown };
  /** Set while there is more to send. */
  open?: boolean;
}

interface Watch {
  readonly signal: AbortSignal;
  /** Counts the idle time from now on. */
  restart(): void;
  /** Stops the clock while it is our side that takes its time. */
  pause(): void;
  end(): void;
  /** Why the watch gave the request up, if it did. */
  reason(): unknown;
}

function watchOver({ signal, idleTimeout }: Transport, source: Source): Watch {
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
      // The answer came early and is all that matters: what is not sent yet need not be.
      if (source.open) controller.abort();
      signal?.removeEventListener("abort", stop);
    },
    reason: () => controller.signal.aborted ? controller.signal.reason : undefined,
  };
}

async function bodyOf(payload: Payload, watch: Watch, source: Source): Promise<BodyInit> {
  if (payload instanceof Uint8Array) return payload as Uint8Array<ArrayBuffer>;
  watch.pause();
  const stream = await payload.open();
  watch.restart();
  return sizedBody(payload.size, uploaded(stream, watch, source));
}

/**
 * A body whose length goes into Content-Length although it is a stream. fetch sends streams
 * chunked, which some registries refuse, and knows the length of Blobs alone: this is a Blob in
 * size and stream.
 */
function sizedBody(size: number, stream: ReadableStream<Uint8Array>): Blob {
  return Object.defineProperties(new Blob(), {
    size: { value: size },
    stream: { value: () => stream },
  });
}

function uploaded(
  stream: ReadableStream<Uint8Array>,
  watch: Watch,
  source: Source,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  source.open = true;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      watch.pause();
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        source.open = false;
        controller.close();
      } catch (error) {
        source.open = false;
        source.failure = { error };
        throw error;
      } finally {
        watch.restart();
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

function watched(
  body: ReadableStream<Uint8Array> | null,
  watch: Watch,
): ReadableStream<Uint8Array> | null {
  if (body === null) {
    watch.end();
    return null;
  }
  watch.pause();
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller): Promise<void> {
      watch.restart();
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        watch.end();
        controller.close();
      } catch (error) {
        watch.end();
        throw watch.reason() ?? error;
      } finally {
        watch.pause();
      }
    },
    cancel(reason): Promise<void> {
      watch.end();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
