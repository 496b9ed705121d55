import { Gunzip } from "fflate/browser";
import { reason } from "../error.ts";
import { joined } from "../oci/bytes.ts";

/** Bytes that are fed at once: deflate makes at most 1032 of one, so no feeding makes more than 17 MB. */
const FEED = 16 * 1024;

/** What came out, or why it did not. */
export type Inflated =
  | { readonly bytes: Uint8Array }
  | { readonly damage: string }
  | { readonly tooLong: true };

/** Whether bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Unpacks gzip, of one member or several, and stops as soon as more than `limit` bytes come out.
 *
 * @param limit bytes
 * @see https://www.rfc-editor.org/rfc/rfc1952
 */
export function inflate(bytes: Uint8Array, limit: number): Inflated {
  const chunks: Uint8Array[] = [];
  let count = 0;
  const gunzip = new Gunzip((chunk) => {
    count += chunk.length;
    if (count <= limit) chunks.push(chunk);
  });
  try {
    for (let at = 0; at < bytes.length || at === 0; at += FEED) {
      gunzip.push(bytes.subarray(at, at + FEED), at + FEED >= bytes.length);
      if (count > limit) return { tooLong: true };
    }
  } catch (error) {
    return { damage: reason(error) };
  }
  return { bytes: joined(chunks, count) };
}
