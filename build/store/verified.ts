import { createHash } from "node:crypto";
import { PauseError } from "../error.ts";
import { joined } from "../oci/bytes.ts";
import type { Content, Descriptor } from "../oci/descriptor.ts";
import { digestParts } from "../oci/digest.ts";
import { DOCUMENT_LIMIT } from "../oci/json.ts";

/** The streams made by {@link verified}, with the digest and size that each is held to. */
const HELD: WeakMap<ReadableStream<Uint8Array>, Descriptor> = new WeakMap();

/**
 * Passes bytes on and checks them against their descriptor. The stream fails as soon as they are
 * too many, and at its end when they are too few or others. A stream that is held to the same
 * descriptor already is given back as it is: hashing is most of the work of a copy.
 *
 * @param bytes nothing may have been read of them
 * @param place where they come from, for the message: a store's name
 * @throws PauseError `verification`, in the stream
 */
export function verified(
  bytes: ReadableStream<Uint8Array>,
  descriptor: Descriptor,
  place: string,
): ReadableStream<Uint8Array> {
  if (isHeldTo(descriptor, HELD.get(bytes))) return bytes;
  const reader = bytes.getReader();
  const check = checkOf(descriptor, place);
  const held = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const { done, value } = await reader.read();
      try {
        check(value);
      } catch (error) {
        reader.cancel(error).catch(() => {});
        throw error;
      }
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  HELD.set(held, descriptor);
  return held;
}

function isHeldTo({ digest, size }: Descriptor, held: Descriptor | undefined): boolean {
  return held?.digest === digest && held.size === size;
}

/**
 * Tells of each chunk that passes. A stream that is held to a descriptor still is.
 * @param onBytes gets the bytes of a chunk, a count
 */
export function observed(
  bytes: ReadableStream<Uint8Array>,
  onBytes: (count: number) => void,
): ReadableStream<Uint8Array> {
  const reader = bytes.getReader();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      onBytes(value.length);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  const held = HELD.get(bytes);
  if (held !== undefined) HELD.set(stream, held);
  return stream;
}

/** Takes chunk by chunk, and undefined at the end. Throws what is wrong with them. */
function checkOf(
  descriptor: Descriptor,
  place: string,
): (chunk: Uint8Array | undefined) => void {
  const { algorithm, hex } = digestParts(descriptor.digest);
  const hash = createHash(algorithm);
  let count = 0;
  return (chunk) => {
    if (chunk !== undefined) {
      count += chunk.length;
      if (count > descriptor.size) throw wrong(descriptor, place, "it goes on after its size");
      hash.update(chunk);
      return;
    }
    if (count < descriptor.size) throw wrong(descriptor, place, `it ends after ${count} bytes`);
    const found = hash.digest("hex");
    if (found !== hex) throw wrong(descriptor, place, `its digest is ${algorithm}:${found}`);
  };
}

/**
 * Checks bytes that are all there against their descriptor.
 * @throws PauseError `verification` when they are others
 */
export function verify(content: Content, place: string): void {
  const found = faultOf(content);
  if (found !== undefined) throw wrong(content.descriptor, place, found);
}

/** What is wrong with bytes that are not their descriptor's, or undefined when they are. */
export function faultOf({ descriptor, bytes }: Content): string | undefined {
  const { algorithm, hex } = digestParts(descriptor.digest);
  if (bytes.length !== descriptor.size) return `it has ${bytes.length} bytes`;
  const found = createHash(algorithm).update(bytes).digest("hex");
  return found === hex ? undefined : `its digest is ${algorithm}:${found}`;
}

/**
 * Reads a stream to its end into memory.
 *
 * @param limit bytes; a longer stream is cancelled
 * @throws PauseError `verification` when it is longer than `limit`; what the stream fails with
 */
export async function readAll(
  stream: ReadableStream<Uint8Array>,
  limit: number = DOCUMENT_LIMIT,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let count = 0;
  for await (const chunk of stream) {
    count += chunk.length;
    if (count > limit) {
      throw new PauseError(
        "verification",
        `Cannot read a document: it is longer than ${limit} bytes. Take it from another place.`,
      );
    }
    chunks.push(chunk);
  }
  return joined(chunks, count);
}

function wrong({ digest, size }: Descriptor, place: string, found: string): PauseError {
  return new PauseError(
    "verification",
    `Cannot use ${digest} (${size} bytes) from ${place}: ${found}. ` +
      "Remove that copy, or take the image from another place.",
  );
}
