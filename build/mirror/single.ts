import { PauseError } from "../error.ts";
import type { Digest } from "../oci/digest.ts";
import { readIndex } from "../oci/document.ts";
import { isIndex } from "../oci/media-types.ts";
import { nameOf, type Platform } from "../oci/platform.ts";
import type { Store, TagOrDigest } from "../store/store.ts";
import { requirePlatforms } from "./image.ts";
import { listed } from "./listed.ts";
import { matches, requirePlatform } from "./subset.ts";

/**
 * Finds the image of one platform, for those who take no index.
 *
 * @param platforms at most one; none will do where there is but one image
 * @throws PauseError `usage` when it is none or several, with the platforms that there are; what
 * the store throws
 */
export async function imageFor(
  store: Store,
  ref: TagOrDigest,
  platforms: readonly Platform[],
): Promise<Digest> {
  const manifest = await store.getManifest(ref);
  const { descriptor, bytes } = manifest;
  const name = `${store.name}:${ref}`;
  if (!isIndex(descriptor.mediaType)) {
    await requirePlatforms(platforms, store, manifest, name);
    return descriptor.digest;
  }
  const entries = readIndex(bytes).manifests.filter(({ platform }) =>
    platform !== undefined && platform.os !== "unknown"
  );
  for (const wanted of platforms) requirePlatform(wanted, entries, name);
  const fitting = entries.filter(({ platform }) =>
    platform && platforms.every((wanted) => matches(platform, wanted))
  );
  const [first, ...others] = new Set(fitting.map(({ digest }) => digest));
  if (first !== undefined && others.length === 0) return first;
  const known = entries.flatMap(({ platform }) => platform === undefined ? [] : [nameOf(platform)]);
  throw new PauseError(
    "usage",
    `Cannot take one image of ${name}: it has ${
      listed(known) || "none"
    }. Choose one with --platform.`,
  );
}
