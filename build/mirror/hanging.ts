import type { Presence } from "../copy/copy.ts";
import { everySettled } from "../host/settle.ts";
import type { Digest } from "../oci/digest.ts";
import { children } from "../oci/document.ts";
import type { Store } from "../store/store.ts";
import type { SourceImage } from "./image.ts";
import type { Hanging } from "./referrers.ts";

/** What is to become of something that hangs on an image: it goes along, or stays behind. */
export type Passage =
  | { readonly here: Presence; readonly tags: readonly string[] }
  /** Why it stays behind, a sentence. */
  | { readonly leftOut: string };

/**
 * Decides it for all that hangs on an image, by looking at the source and at the destination. Nothing
 * is written, and each list of the destination is read once, before its first referrer is put.
 *
 * @throws PauseError from what it returns: what either store throws. Whether something is not there
 * is asked, never guessed
 */
export function passages(
  image: SourceImage,
  store: Store,
): (hanging: Hanging) => Promise<Passage> {
  const lists = new Map<Digest, Promise<ReadonlySet<Digest>>>();
  const listed = (subject: Digest): Promise<ReadonlySet<Digest>> => {
    const list = lists.get(subject) ?? referrersAt(store, subject);
    lists.set(subject, list);
    return list;
  };
  return async ({ digest, subject, tag }) => {
    if (await isDangling(image, digest)) {
      return {
        leftOut:
          `${image.name} has a referrer ${digest} that is listed and not there: it is left out.`,
      };
    }
    if (tag !== undefined) return await passageOfTagged(image, store, digest, tag);
    if (await store.resolve(digest) === undefined) return { here: "absent", tags: [] };
    // Whoever was killed between storing a referrer and adding it to the list left it unlisted: it
    // is put again, for the list's sake.
    return { here: (await listed(subject)).has(digest) ? "present" : "untagged", tags: [] };
  };
}

async function passageOfTagged(
  image: SourceImage,
  store: Store,
  digest: Digest,
  tag: string,
): Promise<Passage> {
  const there = await store.resolve(tag);
  if (there && there.digest !== digest && await hasOwn(store, there.digest, image, digest)) {
    return {
      leftOut:
        `${store.name}:${tag} holds signatures that the source has not: it is kept as it is.`,
    };
  }
  return { here: there?.digest === digest ? "present" : "absent", tags: [tag] };
}

async function referrersAt(store: Store, subject: Digest): Promise<ReadonlySet<Digest>> {
  const found = new Set<Digest>();
  for await (const { digest } of store.referrers(subject)) found.add(digest);
  return found;
}

/** Lists of referrers outlive what was deleted. */
async function isDangling({ store, manifest }: SourceImage, digest: Digest): Promise<boolean> {
  try {
    await manifest(digest);
    return false;
  } catch (error) {
    if (await store.resolve(digest) !== undefined) throw error;
    return true;
  }
}

/** Whether something was signed at the destination: cosign adds a layer to what is there. */
async function hasOwn(
  store: Store,
  there: Digest,
  { manifest }: SourceImage,
  digest: Digest,
): Promise<boolean> {
  const [theirs, ours] = await everySettled([store.getManifest(there), manifest(digest)]);
  const known = new Set(ours && children(ours.descriptor, ours.bytes).map((layer) => layer.digest));
  const config = theirs && children(theirs.descriptor, theirs.bytes)[0]?.digest;
  return theirs !== undefined && children(theirs.descriptor, theirs.bytes)
    .some((layer) => layer.digest !== config && !known.has(layer.digest));
}
