import { PauseError } from "../error.ts";
import type { Content, Descriptor } from "../oci/descriptor.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { readImageConfig, readIndex, readManifest } from "../oci/document.ts";
import { DOCKER, isIndex, OCI } from "../oci/media-types.ts";
import type { Platform } from "../oci/platform.ts";
import type { Store, TagOrDigest } from "../store/store.ts";
import { readAll } from "../store/verified.ts";
import { choose, requirePlatform, rewritten, type Subset } from "./subset.ts";

/** An image at its source, pinned to the digest that its tag had at the start. */
export interface SourceImage {
  readonly store: Store;
  /** `registry.k8s.io/pause:3.10`. */
  readonly name: string;
  readonly ref: TagOrDigest;
  readonly digest: Digest;
  /** A manifest by its digest. Each is read once, however many destinations want it. */
  readonly manifest: (digest: string) => Promise<Content>;
  /** What is to be carried of it. Asked once. */
  readonly cargo: () => Promise<Cargo>;
}

/** What is to be carried of an image. */
export interface Cargo {
  /** The root at the destination: another than the source's when the index was rewritten. */
  readonly root: Digest;
  /** What an index names and the destination does not get. */
  readonly leftOut: ReadonlySet<Digest>;
  /** The manifests whose referrers go along. */
  readonly subjects: () => Promise<readonly Digest[]>;
}

/**
 * Finds an image by one request, or by none when it is asked for by digest.
 * @throws PauseError what the store throws, when there is none too
 */
export async function findImage(
  store: Store,
  ref: TagOrDigest,
  subset?: Subset,
): Promise<SourceImage> {
  const name = isDigest(ref) ? `${store.name}@${ref}` : `${store.name}:${ref}`;
  const known: Map<string, Promise<Content>> = new Map();
  const manifest = (digest: string): Promise<Content> => {
    const reading = known.get(digest) ?? store.getManifest(digest);
    known.set(digest, reading);
    // The next destination may have more luck.
    reading.catch(() => known.delete(digest));
    return reading;
  };
  const digest = isDigest(ref) ? ref : await digestOf(store, ref);
  const image = { store, name, ref, digest, manifest };
  let cargo: Promise<Cargo> | undefined;
  return {
    ...image,
    cargo: () =>
      cargo ??= subset === undefined ? Promise.resolve(whole(image)) : chosen(image, subset, known),
  };
}

async function digestOf(store: Store, ref: TagOrDigest): Promise<Digest> {
  const found = await store.resolve(ref) ?? (await store.getManifest(ref)).descriptor;
  return found.digest;
}

type Image = Omit<SourceImage, "cargo">;

function whole(image: Image): Cargo {
  const { digest } = image;
  return { root: digest, leftOut: new Set(), subjects: () => manifestsFrom(image, digest) };
}

async function chosen(
  image: Image,
  { platforms, form }: Subset,
  known: Map<string, Promise<Content>>,
): Promise<Cargo> {
  const { digest, name } = image;
  const root = await image.manifest(digest);
  if (!isIndex(root.descriptor.mediaType)) {
    await requirePlatforms(platforms, image.store, root, name);
    return whole(image);
  }
  const choice = choose(root, platforms, name);
  // All of it is what was wanted: nothing to rewrite.
  if (choice.leftOut.size === 0) return whole(image);
  if (form === "sparse") {
    const subjects = (): Promise<Digest[]> => Promise.resolve([digest, ...choice.kept]);
    return { root: digest, leftOut: choice.leftOut, subjects };
  }
  const index = rewritten(root, choice);
  known.set(index.descriptor.digest, Promise.resolve(index));
  return {
    root: index.descriptor.digest,
    leftOut: new Set(),
    // What was said about the original index is not said about this one.
    subjects: () => Promise.resolve([...choice.kept]),
  };
}

/**
 * Sees that an image that stands alone is for the platforms that are wanted.
 * @param name how messages name it
 * @throws PauseError `usage` when it is not; what the store throws
 */
export async function requirePlatforms(
  platforms: readonly Platform[],
  store: Store,
  manifest: Content,
  name: string,
): Promise<void> {
  if (platforms.length === 0) return;
  const there = await platformOf(store, manifest);
  for (const wanted of platforms) requirePlatform(wanted, there, name);
}

/** The platform of a manifest that is an image's. Charts, signatures and the like are for none. */
async function platformOf(
  store: Store,
  { bytes }: Content,
): Promise<readonly Pick<Descriptor, "platform">[]> {
  const { config } = readManifest(bytes);
  if (![OCI, DOCKER].some((types) => types.config === config.mediaType)) return [];
  return [{ platform: readImageConfig(await readAll(await store.getBlob(config))) }];
}

/** An index that holds itself cannot be made; this many levels nobody makes. */
const DEEPEST = 8;

/** The manifest and all below it. Only indexes are read. */
async function manifestsFrom(image: Image, root: Digest): Promise<Digest[]> {
  const found = new Set([root]);
  let level: readonly Pick<Descriptor, "digest">[] = [{ digest: root }];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) {
      throw new PauseError(
        "verification",
        `Cannot mirror ${image.name}: its indexes nest deeper than ${DEEPEST} levels. Take the image from another place.`,
      );
    }
    const below = await Promise.all(level.map(async ({ digest }) => {
      const { descriptor, bytes } = await image.manifest(digest);
      return isIndex(descriptor.mediaType) ? readIndex(bytes).manifests : [];
    }));
    const fresh = below.flat().filter(({ digest }) => !found.has(digest) && found.add(digest));
    level = fresh.filter(({ mediaType }) => isIndex(mediaType));
  }
  return [...found];
}
