import type { Digest } from "../oci/digest.ts";
import type { Store } from "./store.ts";

/**
 * A store to read from, some of whose blobs are somewhere else: an image on a base, whose layers
 * nobody has fetched yet.
 *
 * @param elsewhere the stores that have them, by the blobs' digests
 */
export function backedStore(store: Store, elsewhere: ReadonlyMap<Digest, Store>): Store {
  if (elsewhere.size === 0) return store;
  return {
    ...store,
    async hasBlob(blob) {
      return await store.hasBlob(blob) || await elsewhere.get(blob.digest)?.hasBlob(blob) === true;
    },
    async getBlob(blob) {
      const other = await store.hasBlob(blob) ? undefined : elsewhere.get(blob.digest);
      return await (other ?? store).getBlob(blob);
    },
  };
}
