import { PauseError } from "../error.ts";
import { type Content, type Descriptor, jsonContent } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { readIndex } from "../oci/document.ts";
import { isFields, readObject } from "../oci/json.ts";
import { isOfBuild, isWanted, nameOf, type Platform, readPlatform } from "../oci/platform.ts";
import { listed } from "./listed.ts";

/** Some of an index's platforms. */
export interface Subset {
  /** At least one. Without a variant: all variants. An os.version may be the beginning of one. */
  readonly platforms: readonly Platform[];
  /**
   * `sparse`: the index keeps its bytes and digest, and names images that are not there; not every
   * registry takes it. `rewritten`: a new index, with a new digest, that names what is there.
   */
  readonly form: "sparse" | "rewritten";
}

/** The annotation of a rewritten index that has the digest of the index which it was made from. */
export const ORIGINAL_DIGEST = "io.github.pause-image.mirror.original-digest";

/** How buildx says which image an attestation is about. */
const ATTESTED = "vnd.docker.reference.digest";

/** A Windows build: its first three numbers say what it runs on, the fourth is the update. */
const OS_VERSION = /^\d+(\.\d+){1,3}$/;

/**
 * Reads a platform that a user wants: `linux/arm64`, `arm/v7`-like as `linux/arm/v7`, or
 * `windows/amd64:10.0.20348`.
 * @throws PauseError `usage`
 */
export function readWanted(text: string): Platform {
  const [platform = "", version, ...more] = text.split(":");
  const wanted = readPlatform(platform);
  if (version === undefined) return wanted;
  if (more.length === 0 && OS_VERSION.test(version)) return { ...wanted, "os.version": version };
  throw new PauseError(
    "usage",
    `Cannot use the platform "${text}": what follows the colon is no Windows build, such as 10.0.20348.`,
  );
}

/** Whether an image for `platform` is among the wanted ones; 10.0.20348 wants 10.0.20348.2113 too. */
export function matches(platform: Platform, wanted: Platform): boolean {
  const build = wanted["os.version"];
  return (build === undefined || isOfBuild(platform["os.version"], build)) &&
    isWanted(platform, wanted);
}

/** What a subset makes of an index. */
export interface Chosen {
  readonly kept: ReadonlySet<Digest>;
  readonly leftOut: ReadonlySet<Digest>;
}

/**
 * Chooses the images of an index, and the attestations about them.
 *
 * @param name the image's, for the message
 * @throws PauseError `usage` when a platform is not there, with those that are
 */
export function choose(index: Content, platforms: readonly Platform[], name: string): Chosen {
  const { manifests } = readIndex(index.bytes);
  const isChosen = ({ platform }: Descriptor): boolean =>
    platform !== undefined && platforms.some((wanted) => matches(platform, wanted));
  for (const wanted of platforms) requirePlatform(wanted, manifests, name);
  const images = new Set(manifests.filter(isChosen).map(({ digest }) => digest));
  const about = manifests.filter(({ annotations = {} }) => {
    const image = annotations[ATTESTED];
    return image !== undefined && images.has(image as Digest);
  });
  const kept = new Set([...images, ...about.map(({ digest }) => digest)]);
  const leftOut = new Set(manifests.map(({ digest }) => digest).filter((one) => !kept.has(one)));
  return { kept, leftOut };
}

/**
 * The index with the kept entries alone, each as it stood, and the digest of the original among its
 * annotations. The same input makes the same bytes.
 */
export function rewritten({ descriptor, bytes }: Content, { kept }: Chosen): Content {
  const fields = readObject(bytes, "index");
  const annotations = isFields(fields.annotations) ? fields.annotations : {};
  const entries = Array.isArray(fields.manifests) ? fields.manifests : [];
  return jsonContent(descriptor.mediaType, {
    ...fields,
    manifests: entries.filter((entry) => kept.has((entry as Descriptor).digest)),
    annotations: { ...annotations, [ORIGINAL_DIGEST]: descriptor.digest },
  });
}

/** @throws PauseError `usage` when none of `there` is for the wanted platform */
export function requirePlatform(
  wanted: Platform,
  there: readonly Pick<Descriptor, "platform">[],
  name: string,
): void {
  const platforms = there.flatMap(({ platform }) => platform === undefined ? [] : [platform]);
  if (platforms.some((platform) => matches(platform, wanted))) return;
  const known = [...new Set(platforms.filter(({ os }) => os !== "unknown").map(nameOf))];
  throw new PauseError(
    "usage",
    `Cannot mirror ${name} for ${nameOf(wanted)}: it has ${
      known.length === 0 ? "no platforms. Mirror all of it" : `${listed(known)}. Choose among those`
    }.`,
  );
}
