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
 * Decides it, by looking at the source and at the destination. Nothing is written.
 * @throws PauseError what either store throws: whether it is not there is asked, never guessed
 */
export async function passageOf(
  image: SourceImage,
  store: Store,
  { digest, subject, tag }: Hanging,
): Promise<Passage> {
  if (await isDangling(image, digest)) {
    return {
      leftOut:
        `${image.name} has a referrer ${digest} that is listed and not there: it is left out.`,
    };
  }
  if (tag === undefined) {
    return { here: await presenceOfReferrer(store, digest, subject), tags: [] };
  }
  const there = await store.resolve(tag);
  if (there && there.digest !== digest && await hasOwn(store, there.digest, image, digest)) {
    return {
      leftOut:
        `${store.name}:${tag} holds signatures that the source has not: it is kept as it is.`,
    };
  }
  return { here: there?.digest === digest ? "present" : "absent", tags: [tag] };
}

/**
 * Whoever was killed between storing a referrer and adding it to the list left it unlisted: it is
 * put again, for the list's sake.
 */
async function presenceOfReferrer(
  store: Store,
  digest: Digest,
  subject: Digest,
): Promise<Presence> {
  if (await store.resolve(digest) === undefined) return "absent";
  for await (const listed of store.referrers(subject)) {
    if (listed.digest === digest) return "present";
  }
  return "untagged";
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
