import { PauseError } from "../../error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Store } from "../../store/store.ts";
import { readAll } from "../../store/verified.ts";

/** What hangs on one image, at most: nobody has as many signatures, SBOMs and attestations. */
export const MOST_REFERRERS = 1000;

/** Signatures of one image that are read at most, in one place. */
export const MOST_SIGNATURES = 100;

/** Bytes of one signature. Attestations hold whole SBOMs. */
export const LARGEST: number = 8 * 1024 * 1024;

/** Bytes of all signatures of one image. */
const ALL: number = 64 * 1024 * 1024;

/** Reads blobs, no more of them than anybody needs. */
export type ReadBlob = (blob: Descriptor) => Promise<Uint8Array>;

/**
 * What reads the signatures of one image from a store.
 * @returns its function throws PauseError `verification` for a blob, or all of them, beyond the
 * limits, and before one byte of it is asked for; what the store throws
 */
export function blobReader(store: Store): ReadBlob {
  let left = ALL;
  return async (blob) => {
    if (blob.size > LARGEST) throw tooMuch(`${blob.digest} has ${blob.size} bytes`, LARGEST);
    left -= blob.size;
    if (left < 0) throw tooMuch("the signatures are longer together", ALL);
    return await readAll(await store.getBlob(blob), LARGEST);
  };
}

/**
 * Counts what a list has.
 * @returns its function throws PauseError `verification` when it was called more than `most` times
 */
export function counter(what: string, most: number): () => void {
  let count = 0;
  return () => {
    if (++count > most) throw tooMuch(`there are more ${what}`, most);
  };
}

function tooMuch(found: string, most: number): PauseError {
  return new PauseError(
    "verification",
    `Cannot read all signatures: ${found} than the ${most} that are read. Remove what does not belong there.`,
  );
}
