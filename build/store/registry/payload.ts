import type { PauseError } from "../../error.ts";
import type { Payload, Transport } from "./transport.ts";
import { brokenSource } from "./trouble.ts";
import type { Watch } from "./watch.ts";

/** A payload on its way. */
export interface Sending {
  readonly body: BodyInit | null;
  /**
   * Ends the sending: an answer that came early is all that matters. Node's fetch would read the
   * source to its end.
   */
  stop(): void;
  /** Why its source failed, if it did: fetch hides that behind an error of its own. */
  failure(): PauseError | undefined;
}

/**
 * Makes a payload into what fetch takes.
 * @throws PauseError what {@link brokenSource} makes of a source that cannot be opened
 */
export async function sending(
  payload: Payload | undefined,
  watch: Watch,
  transport: Transport,
): Promise<Sending> {
  let failure: PauseError | undefined;
  const state = { stop: () => {}, failure: () => failure };
  if (payload === undefined) return { body: null, ...state };
  if (payload instanceof Uint8Array) return { body: payload as Uint8Array<ArrayBuffer>, ...state };

  watch.pause();
  const broke = (error: unknown): never => {
    throw failure = brokenSource(transport, error);
  };
  const reader = (await payload.open().catch(broke)).getReader();
  const stream = new ReadableStream<Uint8Array>({
    start(controller): void {
      state.stop = () => {
        controller.error(new Error("there is an answer"));
        reader.cancel().catch(() => {});
      };
    },
    async pull(controller): Promise<void> {
      watch.pause();
      const { done, value } = await reader.read().catch(broke);
      watch.restart();
      if (!done) return controller.enqueue(value);
      state.stop = () => {};
      controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  watch.restart();
  return { ...state, body: sized(payload.size, stream), stop: () => state.stop() };
}

/**
 * A body whose length goes into Content-Length although it is a stream. fetch sends streams
 * chunked, which some registries refuse, and knows the length of Blobs alone: this is a Blob in
 * size and stream.
 */
function sized(size: number, stream: ReadableStream<Uint8Array>): Blob {
  return Object.defineProperties(new Blob(), {
    size: { value: size },
    stream: { value: () => stream },
  });
}
