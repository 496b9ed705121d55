import type { PauseError } from "../../../error.ts";
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
  if (payload === undefined) return atOnce(null);
  if (payload instanceof Uint8Array) return atOnce(payload as Uint8Array<ArrayBuffer>);
  return await streamed(payload, watch, transport);
}

function atOnce(body: BodyInit | null): Sending {
  return { body, stop: () => {}, failure: () => undefined };
}

async function streamed(
  { size, open }: Exclude<Payload, Uint8Array>,
  watch: Watch,
  transport: Transport,
): Promise<Sending> {
  let failure: PauseError | undefined;
  const ours = async <Value>(work: Promise<Value>): Promise<Value> => {
    watch.pause();
    try {
      return await work;
    } catch (error) {
      throw failure = brokenSource(transport, error);
    } finally {
      watch.restart();
    }
  };
  const reader = (await ours(open())).getReader();
  let stop = (): void => {};
  let next: ReadableStreamReadResult<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>({
    start(controller): void {
      stop = () => {
        controller.error(new Error("there is an answer"));
        reader.cancel().catch(() => {});
      };
    },
    async pull(controller): Promise<void> {
      const held = next ?? await ours(reader.read());
      // The last chunk goes out after the source has ended well, its digest checked: what is wrong
      // never becomes a whole upload.
      next = held.done ? held : await ours(reader.read());
      if (!held.done) controller.enqueue(held.value);
      if (!next.done) return;
      stop = () => {};
      controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return { body: sized(size, stream), stop: () => stop(), failure: () => failure };
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
