import { readSyncFile, type SyncFile } from "../../../build/mirror/sync/file.ts";
import type { SyncStores } from "../../../build/mirror/sync/items.ts";
import type { Content } from "../../../build/oci/descriptor.ts";
import { parseReference, type Repository } from "../../../build/oci/reference.ts";
import { memoryStore } from "../../../build/store/memory.ts";
import type { Store } from "../../../build/store/store.ts";
import { putImage } from "../../store/put.ts";
import { sampleImage, sampleIndex } from "../../support/images.ts";

/** Stores in memory for all repositories, and what they were asked. */
export interface Places extends SyncStores {
  /** The store of a repository: `a.io/b`. */
  at(name: string): Store;
  /** `resolve a.io/b:3.10`, `tags a.io/b`, …, in order. */
  readonly asked: string[];
}

export function places(): Places {
  const stores = new Map<string, Store>();
  const asked: string[] = [];
  const at = (name: string): Store => {
    const store = stores.get(name) ?? watched(memoryStore(name), asked);
    stores.set(name, store);
    return store;
  };
  const of = ({ host, repository }: Repository): Store => at(`${host}/${repository}`);
  return { at, asked, source: of, destination: of };
}

function watched(store: Store, asked: string[]): Store {
  const ask = (what: string): void => void asked.push(what);
  return {
    ...store,
    resolve: (ref) => (ask(`resolve ${store.name}:${ref}`), store.resolve(ref)),
    getManifest: (ref) => (ask(`get ${store.name}:${ref}`), store.getManifest(ref)),
    putManifest: (manifest, tags) => {
      ask(`put ${store.name}:${tags.join(",")}`);
      return store.putManifest(manifest, tags);
    },
    hasBlob: (blob) => (ask(`has ${store.name}`), store.hasBlob(blob)),
    tags: () => (ask(`tags ${store.name}`), store.tags()),
  };
}

/** Puts an index of two images under `tags`; the same seed makes the same one. */
export async function putSample(
  store: Store,
  tags: readonly string[],
  seed = 1,
): Promise<Content> {
  const images = [sampleImage(seed), sampleImage(seed + 1000)];
  for (const image of images) await putImage(store, image);
  const index = sampleIndex(images);
  await store.putManifest(index, tags);
  return index;
}

/** A file with these sources, in YAML's short form, and these destinations. */
export function fileOf(sources: readonly string[], destinations: readonly string[]): SyncFile {
  const text = [
    "version: 1",
    "sources:",
    ...sources.map((source) => `  - ${source}`),
    "destinations:",
    ...destinations.map((to) => `  - to: "${to}"`),
  ].join("\n");
  return readSyncFile(new TextEncoder().encode(text), "sync.yaml");
}

/** `a.io/b` */
export function repository(name: string): Repository {
  const { host, repository } = parseReference(name);
  return { host, repository };
}
