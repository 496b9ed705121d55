import type { Saving } from "../../build/mirror/save.ts";
import { formatReference, type Reference } from "../../build/oci/reference.ts";
import { memoryStore } from "../../build/store/memory.ts";
import type { Store } from "../../build/store/store.ts";
import { putImage } from "../store/put.ts";
import { sampleImage } from "../support/images.ts";
import { upstreamStore } from "./upstream-image.ts";
import { IMAGE } from "./whole.ts";

/** Upstream's image, to be saved. */
export async function pause(store?: Store): Promise<Saving> {
  return {
    store: store ?? await upstreamStore(IMAGE),
    ref: "3.10",
    repository: "registry.k8s.io/pause",
    tag: "3.10",
  };
}

/** A small image of another registry, to be saved. */
export async function app(seed = 7): Promise<Saving> {
  const store = memoryStore("docker.io/library/app");
  await putImage(store, sampleImage(seed), ["v1"]);
  return { store, ref: "v1", repository: "docker.io/library/app", tag: "v1" };
}

/** Repositories in memory, made when they are asked for. */
export function shelf(): { open: (reference: Reference) => Store; at: (name: string) => Store } {
  const stores = new Map<string, Store>();
  const at = (name: string): Store => {
    const store = stores.get(name) ?? memoryStore(name);
    stores.set(name, store);
    return store;
  };
  return { at, open: ({ host, repository }) => at(formatReference({ host, repository })) };
}
