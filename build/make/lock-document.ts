import { PauseError } from "../error.ts";
import { type Fields, readObject } from "../oci/json.ts";
import type { Shape } from "../oci/shape.ts";

/** Makes the error for a file that is locked, and is not what it should be. */
export type Fault = (found: string, cause?: unknown) => PauseError;

/** @param next what to do about it, a sentence */
export function faultIn(path: string, next: string): Fault {
  return (found, cause) =>
    new PauseError("usage", `Cannot read ${path}: ${found}. ${next}`, { cause });
}

/**
 * Reads a lock file, which anybody may have edited, and git merged.
 * @throws PauseError what `fault` makes, when it is no JSON object of that shape
 */
export function readLockDocument(bytes: Uint8Array, shape: Shape, fault: Fault): Fields {
  let document: Fields;
  try {
    document = readObject(bytes, "lock file");
  } catch (cause) {
    throw fault("it is no JSON object", cause);
  }
  const found = shape(document, "");
  if (found !== undefined) throw fault(found);
  return document;
}
