import { createHash } from "node:crypto";
import { PauseError } from "../error.ts";
import { joined } from "../oci/bytes.ts";
import type { Content, Descriptor } from "../oci/descriptor.ts";
import { digestParts } from "../oci/digest.ts";
import { DOCUMENT_LIMIT } from "../oci/json.ts";

/**
 * Passes bytes on and checks them against their descriptor. The stream fails as soon as they are
 * too many, and at its end when they are too few or others.
 *
 * @param place where they come from, for the message: a store's name
 * @throws PauseError `verification`, in the stream
 */
export function verified(
  bytes: ReadableStream<Uint8Array>,
  descriptor: Descriptor,
  place: string,
): ReadableStream<Uint8Array> {
  const { algorithm, hex } = digestParts(descriptor.digest);
  const hash = createHash(algorithm);
  let count = 0;
  return bytes.pipeThrough(
    new TransformStream({
      transform(chunk, controller): void {
        count += chunk.length;
        if (count > descriptor.size) throw wrong(descriptor, place, "it goes on after its size");
        hash.update(chunk);
        controller.enqueue(chunk);
      },
      flush(): void {
        if (count < descriptor.size) throw wrong(descriptor, place, `it ends after ${count} bytes`);
        const found = hash.digest("hex");
        if (found !== hex) throw wrong(descriptor, place, `its digest is ${algorithm}:${found}`);
      },
    }),
  );
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
