import { PauseError } from "../../build/error.ts";
import type { Content, Descriptor } from "../../build/oci/descriptor.ts";
import { children } from "../../build/oci/document.ts";
import { isManifest } from "../../build/oci/media-types.ts";
import type { Store } from "../../build/store/store.ts";

/** A store that tells `heard` of each call before it happens, as `putBlob sha256:…`. */
export function overheard(inner: Store, heard: (call: string) => void): Store {
  const told = <Args extends readonly unknown[], Value>(
    name: string,
    work: (...args: Args) => Promise<Value>,
  ) =>
  async (...args: Args): Promise<Value> => {
    const [first, second] = args as readonly unknown[];
    const what = typeof first === "string" ? first : (first as Descriptor | Content);
    const id = typeof what === "string"
      ? what
      : "descriptor" in what
      ? what.descriptor.digest
      : what.digest;
    heard([name, id, ...(Array.isArray(second) ? second : [])].join(" "));
    return await work(...args);
  };
  return {
    ...inner,
    resolve: told("resolve", inner.resolve),
    getManifest: told("getManifest", inner.getManifest),
    putManifest: told("putManifest", inner.putManifest),
    hasBlob: told("hasBlob", inner.hasBlob),
    getBlob: told("getBlob", inner.getBlob),
    putBlob: told("putBlob", inner.putBlob),
    async *referrers(digest) {
      heard(`referrers ${digest}`);
      yield* inner.referrers(digest);
    },
  };
}

/** The calls of a store, in their order. */
export function recorded(inner: Store): { readonly store: Store; readonly calls: string[] } {
  const calls: string[] = [];
  return { store: overheard(inner, (call) => calls.push(call)), calls };
}

/** A store whose process is killed at the `nth` call, counted from 1: from then on nothing works. */
export function killedAt(inner: Store, nth: number): Store & { readonly wasKilled: () => boolean } {
  let calls = 0;
  const store = overheard(inner, () => {
    if (++calls >= nth) throw new PauseError("registry", "Cannot go on: killed.");
  });
  return { ...store, wasKilled: () => calls >= nth };
}

/** A store that refuses the calls that match. */
export function refusing(inner: Store, pattern: RegExp, code: "registry" = "registry"): Store {
  return overheard(inner, (call) => {
    if (pattern.test(call)) throw new PauseError(code, `Cannot do it: refused (${call}).`);
  });
}

/**
 * What a store lacks of the graph below `root`, layers that are somewhere else aside: digests. Reads
 * every byte of it.
 */
export async function lacking(store: Store, root: string): Promise<string[]> {
  const found = await store.resolve(root);
  if (found === undefined) return [root];
  const { descriptor, bytes } = await store.getManifest(root);
  const pieces = children(descriptor, bytes).filter(({ urls = [] }) => urls.length === 0);
  const below = await Promise.all(pieces.map(async (piece) => {
    if (isManifest(piece.mediaType)) return await lacking(store, piece.digest);
    if (!await store.hasBlob(piece)) return [piece.digest];
    for await (const _ of await store.getBlob(piece)) { /* it checks itself */ }
    return [];
  }));
  return below.flat();
}

/** The digests that refer to `digest` in a store, sorted. */
export async function referrersIn(store: Store, subject: Content): Promise<string[]> {
  const found: string[] = [];
  for await (const { digest } of store.referrers(subject.descriptor.digest)) found.push(digest);
  return found.sort();
}
