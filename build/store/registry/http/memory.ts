import process from "node:process";

const ON_DENO = "deno" in process.versions;

/** Bytes that pass between two collections. */
const EVERY = 8 * 1024 * 1024;

/** More than V8 lets the young have in buffers before it collects. */
const TOO_MUCH = 128 * 1024 * 1024;

let passed = 0;

/**
 * Told of bytes that came or went, keeps what was read from piling up. Deno hands chunks to V8 in
 * a way that starts no collection before some 150 MiB of them are dead; the asking for a large
 * buffer does. Nobody touches it, so it takes no memory itself.
 */
export function passOn(bytes: number): void {
  if (!ON_DENO) return;
  passed += bytes;
  if (passed < EVERY) return;
  passed = 0;
  try {
    void new ArrayBuffer(TOO_MUCH);
  } catch {
    // A process that may not have as much has collected on the way.
  }
}
