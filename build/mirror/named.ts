import { isDigest } from "../oci/digest.ts";
import type { Store } from "../store/store.ts";

/** The name of an image in an archive of several repositories, or a tag alone. */
export interface ImageName {
  /** `registry.k8s.io/pause`. Undefined when there is a tag alone. */
  readonly repository?: string;
  readonly tag: string;
}

/** Takes `registry.k8s.io/pause:3.10` apart. */
export function splitName(name: string): ImageName {
  const colon = name.lastIndexOf(":");
  // Before a slash it is a port.
  const isWhole = colon > 0 && name.includes("/") && !name.includes("/", colon);
  if (!isWhole) return { tag: name };
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}

/**
 * One repository of a store that holds several, which has whole references for tags:
 * `registry.k8s.io/pause:3.10`. Here it is `3.10`. Content is shared with the others.
 */
export function inRepository(store: Store, repository: string): Store {
  const named = (ref: string): string => isDigest(ref) ? ref : `${repository}:${ref}`;
  return {
    ...store,
    name: `${store.name}:${repository}`,
    resolve: (ref) => store.resolve(named(ref)),
    getManifest: (ref) => store.getManifest(named(ref)),
    putManifest: (manifest, tags) => store.putManifest(manifest, tags.map(named)),
    async *tags() {
      for await (const name of store.tags()) {
        const found = splitName(name);
        if (found.repository === repository) yield found.tag;
      }
    },
  };
}
