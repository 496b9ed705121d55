import { type Sending, sending } from "./payload.ts";
import type { Answer, Outgoing, Transport } from "./transport.ts";
import { type Watch, watchOver } from "./watch.ts";

/** The redirect is an answer like any other, for us to follow. */
const FOLLOWED: RequestInit = { redirect: "manual" };

/**
 * Node's fetch copies a request that it might have to repeat, with all of its body, in memory. It
 * does not when a redirect is an error and there is no window.
 */
const STREAMED: RequestInit = { redirect: "error", window: null };

/**
 * Sends one request, without following redirects; where the payload is a stream, one is an error.
 * The only place that opens sockets.
 *
 * @throws what the runtime's fetch throws; PauseError when the payload's source fails; the reason
 * of `transport.signal`; an error of {@link watchOver} when nothing moves for
 * `transport.idleTimeout`. So does the body of the answer.
 */
export async function send(request: Outgoing, transport: Transport): Promise<Answer> {
  const watch = watchOver(transport);
  let payload: Sending | undefined;
  try {
    payload = await sending(request.payload, watch, transport);
    const { status, headers, body } = await fetch(request.url, {
      method: request.method,
      headers: {
        "user-agent": transport.userAgent,
        // Digests and sizes are of the bytes as stored.
        "accept-encoding": "identity",
        ...request.headers,
      },
      ...(request.payload === undefined || request.payload instanceof Uint8Array
        ? FOLLOWED
        : STREAMED),
      signal: watch.signal,
      body: payload.body,
    });
    if (body === null) over(watch, payload);
    return { url: request.url, status, headers, body: body && watched(body, watch, payload) };
  } catch (error) {
    const why = watch.reason() ?? payload?.failure() ?? error;
    over(watch, payload);
    throw why;
  } finally {
    watch.pause();
  }
}

function over(watch: Watch, payload: Sending | undefined): void {
  watch.end();
  payload?.stop();
}

function watched(
  body: ReadableStream<Uint8Array>,
  watch: Watch,
  payload: Sending,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const end = (): void => over(watch, payload);
  return new ReadableStream({
    async pull(controller): Promise<void> {
      watch.restart();
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        end();
        controller.close();
      } catch (error) {
        const why = watch.reason() ?? error;
        end();
        throw why;
      } finally {
        watch.pause();
      }
    },
    cancel(reason): Promise<void> {
      end();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
