// The plain half: the other one loads worker threads.
import { Gunzip } from "fflate/browser";

/** Bytes that are fed at once: deflate makes at most 1032 of one, so no feeding makes more than 17 MB. */
const FEED = 16 * 1024;

/** Whether bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Unpacks gzip, of one member or several, as far as it is asked to.
 *
 * @returns what comes out, piece by piece; throws at the place where it is damaged
 * @see https://www.rfc-editor.org/rfc/rfc1952
 */
export function* inflate(bytes: Uint8Array): Generator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  const gunzip = new Gunzip((piece) => pieces.push(piece));
  for (let at = 0; at < bytes.length || at === 0; at += FEED) {
    gunzip.push(bytes.subarray(at, at + FEED), at + FEED >= bytes.length);
    yield* pieces;
    pieces = [];
  }
}
