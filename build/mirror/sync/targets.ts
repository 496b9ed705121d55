import { PauseError } from "../../error.ts";
import { grouped } from "../../host/grouped.ts";
import { formatReference, type Reference, type Repository } from "../../oci/reference.ts";
import type { Store, TagOrDigest } from "../../store/store.ts";
import { findImage, type SourceImage } from "../image.ts";
import { readWanted, type Subset } from "../subset.ts";
import { missingTag } from "../tags.ts";
import type { ItemOptions } from "./file.ts";
import type { SyncItem, SyncStores } from "./items.ts";

/** A repository that an image goes to. */
export interface Target {
  /** `10.0.0.5:5000/k8s/pause:3.10`, with all tags. */
  readonly name: string;
  readonly store: Store;
  /** None: the image is known there by its digest. */
  readonly tags: readonly string[];
}

/** The destinations of an item, those in one repository together. */
export function targetsOf({ destinations }: SyncItem, stores: SyncStores): Target[] {
  const nameOf = ({ host, repository }: Repository): string =>
    formatReference({ host, repository });
  const byRepository = grouped(destinations, nameOf);
  return [...byRepository].map(([name, places]) => {
    const tags = places.flatMap(({ tag }) => tag ?? []);
    const store = stores.destination(places[0]);
    return { name: tags.length === 0 ? name : `${name}:${tags.join(",")}`, store, tags };
  });
}

/** What the source is asked for: the digest, when there is one, says which image its tag is to name. */
export function refOf({ tag, digest }: Reference): TagOrDigest {
  return digest ?? tag ?? "latest";
}

/** The platforms that are wanted. Undefined: all. */
export function subsetOf({ platforms, index }: ItemOptions): Subset | undefined {
  if (platforms === undefined) return undefined;
  return { platforms: platforms.map(readWanted), form: index };
}

/**
 * Finds an image at its source. A tag that is not there is an error that names those that are near:
 * only then are they listed.
 */
export async function findSource(item: SyncItem, stores: SyncStores): Promise<SourceImage> {
  const store = stores.source(item.source);
  try {
    return await findImage(store, refOf(item.source), subsetOf(item.options));
  } catch (error) {
    throw await whyNot(item, store, error);
  }
}

/** The error of a source that was asked for a tag that it has not; any other one as it is. */
export async function whyNot(
  { source: { tag, digest } }: SyncItem,
  store: Store,
  error: unknown,
): Promise<unknown> {
  const mayBeMissing = error instanceof PauseError && ["registry", "storage"].includes(error.code);
  if (!mayBeMissing || tag === undefined || digest !== undefined) return error;
  try {
    if (await store.resolve(tag) !== undefined) return error;
    const tags: string[] = [];
    for await (const one of store.tags()) tags.push(one);
    return tags.includes(tag) ? error : missingTag(store.name, tag, tags);
  } catch {
    // A registry that is down is down.
    return error;
  }
}

/** How messages and plans name a source. */
export function sourceName({ source }: SyncItem): string {
  return formatReference(source);
}
