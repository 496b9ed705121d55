import { PauseError, reason } from "../error.ts";

/**
 * The largest manifest, index or configuration that is read, in bytes.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-manifests
 */
export const DOCUMENT_LIMIT: number = 4 * 1024 * 1024;

/** Real documents nest about six deep. Much more is made to overflow the stack of whoever walks it. */
const DEPTH_LIMIT = 64;

/** A JSON object of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON object that a stranger wrote.
 *
 * @param what how the error names it: "index", "manifest"
 * @param next what the error says to do, a sentence. @default to take the image from elsewhere
 * @throws PauseError `verification` when it is longer than {@link DOCUMENT_LIMIT} bytes, not UTF-8,
 * not JSON, nested too deep, or not an object
 */
export function readObject(bytes: Uint8Array, what: string, next?: string): Fields {
  if (bytes.length > DOCUMENT_LIMIT) {
    throw unreadable(what, `it has ${bytes.length} bytes, more than ${DOCUMENT_LIMIT}`, next);
  }
  if (isTooDeep(bytes)) throw unreadable(what, `it nests deeper than ${DEPTH_LIMIT} levels`, next);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw unreadable(what, `it is no JSON (${reason(error).slice(0, 200)})`, next, error);
  }
  if (isFields(value)) return value;
  throw unreadable(what, "it is no JSON object", next);
}

/** Whether `value` is a JSON object, neither null nor an array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The error for a document that is not what it should be. */
export function unreadable(
  what: string,
  found: string,
  next = "Take the image from another place.",
  cause?: unknown,
): PauseError {
  return new PauseError(
    "verification",
    `Cannot read the ${what}: ${found}. ${next}`,
    cause === undefined ? {} : { cause },
  );
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

/** Counts brackets outside strings. Bytes will do: no byte of a longer UTF-8 sequence is ASCII. */
function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) inString = !inString;
    else if (inString) at += byte === BACKSLASH ? 1 : 0;
    else if (OPEN.has(byte)) depth++;
    else if (CLOSE.has(byte)) depth--;
    if (depth > DEPTH_LIMIT) return true;
  }
  return false;
}
