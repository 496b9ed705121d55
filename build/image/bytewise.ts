import { Buffer } from "node:buffer";

/** Compares texts by their UTF-8 bytes, as Go does; JavaScript's own order is that of UTF-16 units. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** An object with its keys in the order of their bytes, as Go writes a map. */
export function sortByKey<Value>(
  entries: Iterable<readonly [string, Value]>,
): Record<string, Value> {
  return Object.fromEntries([...entries].sort(([a], [b]) => compareBytes(a, b)));
}
