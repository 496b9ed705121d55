import { PauseError } from "../error.ts";
import { everySettled } from "../host/settle.ts";
import type { Content, Descriptor } from "../oci/descriptor.ts";
import { readImageConfig, readIndex, readManifest } from "../oci/document.ts";
import { unreadable } from "../oci/json.ts";
import type { ImageConfig } from "../oci/manifest.ts";
import { isIndex } from "../oci/media-types.ts";
import { isOfBuild, isWanted, nameOf, type Platform, platformIn } from "../oci/platform.ts";
import type { Store, TagOrDigest } from "../store/store.ts";
import { readAll } from "../store/verified.ts";

const CHOOSE = "Choose another base.";

/** An image that others are built on. Its layers stay where they are until somebody copies them. */
export interface Base {
  /** Where its layers are to be had. */
  readonly store: Store;
  /** Its manifest. */
  readonly descriptor: Descriptor;
  /** The index that it was found in. */
  readonly index?: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly config: ImageConfig;
  /** What its configuration says: an index may say less. */
  readonly platform: Platform;
}

/**
 * Finds the image for a platform: the one that a manifest is, or the newest one of an index.
 *
 * @param ref its tag, or the digest of an index or a manifest
 * @param wanted with the build for an os.version: any update of it will do
 * @param name the image's, for messages
 * @throws PauseError `usage` when there is none for the platform, with those that there are;
 * `verification` for what is no image, and for an index that says another version than the image;
 * what the store throws
 */
export async function findBase(
  store: Store,
  ref: TagOrDigest,
  wanted: Platform,
  name: string,
): Promise<Base> {
  const root = await store.getManifest(ref);
  const isList = isIndex(root.descriptor.mediaType);
  const entries = isList
    ? readIndex(root.bytes).manifests
    : [{ ...root.descriptor, platform: undefined }];
  const bases = await everySettled(
    entries.filter(({ platform }) => mayBe(platform, wanted)).map(async (entry) => {
      const content = isList ? await store.getManifest(entry.digest) : root;
      return heldTo(entry.platform?.["os.version"], await readBase(store, content, name), name);
    }),
  );
  const found = bases.filter(({ platform }) => isFor(platform, wanted)).sort(newestFirst)[0];
  if (found === undefined) {
    const there = [...entries, ...bases].flatMap(({ platform }) => platform ?? []);
    throw noSuchBase(wanted, there, name);
  }
  return isList ? { ...found, index: root.descriptor } : found;
}

/**
 * Reads an image to build on: its manifest and its configuration, and none of its layers.
 * @throws PauseError `verification` for what is no image; what the store throws
 */
export async function readBase(store: Store, manifest: Content, name: string): Promise<Base> {
  const { config: described, layers } = readManifest(manifest.bytes);
  const config = readImageConfig(await readAll(await store.getBlob(described)));
  if (config.rootfs.diff_ids.length !== layers.length) {
    throw unreadable(
      `base ${name}`,
      `${manifest.descriptor.digest} has ${layers.length} layers, and its configuration ${config.rootfs.diff_ids.length}`,
      CHOOSE,
    );
  }
  if (layers.length === 0) {
    throw unreadable(`base ${name}`, `${manifest.descriptor.digest} has no layers`, CHOOSE);
  }
  return {
    store,
    descriptor: manifest.descriptor,
    layers,
    config,
    platform: platformIn(config),
  };
}

/** Whether what an index says does not speak against an image; some say no version. */
function mayBe(platform: Platform | undefined, wanted: Platform): boolean {
  if (platform === undefined) return true;
  return isFor({ "os.version": wanted["os.version"] ?? "", ...platform }, wanted);
}

function isFor(platform: Platform, wanted: Platform): boolean {
  const build = wanted["os.version"];
  return isWanted(platform, wanted) &&
    (build === undefined || isOfBuild(platform["os.version"], build));
}

/** Whoever chooses by the index would run another version than it says. */
function heldTo(said: string | undefined, base: Base, name: string): Base {
  const is = base.platform["os.version"];
  if (said === undefined || said === is) return base;
  throw unreadable(
    `base ${name}`,
    `its index says that ${base.descriptor.digest} is of ${said}, and the image itself that it is of ${is}`,
    CHOOSE,
  );
}

function newestFirst(one: Base, other: Base): number {
  return revisionOf(other) - revisionOf(one);
}

/** The fourth number, which counts the updates of a build. */
function revisionOf({ platform }: Base): number {
  return Number(platform["os.version"]?.split(".")[3] ?? 0);
}

function noSuchBase(wanted: Platform, there: readonly Platform[], name: string): PauseError {
  const known = [...new Set(there.filter(({ os }) => os !== "unknown").map(nameOf))];
  return new PauseError(
    "usage",
    `Cannot build on ${name}: it has ${known.join(", ") || "no platforms"}, and none is for ${
      nameOf(wanted)
    }. Choose another base with BASE, or what it has with OSVERSION and ARCH.`,
  );
}
