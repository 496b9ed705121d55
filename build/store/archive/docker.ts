import { PauseError } from "../../error.ts";
import type { Content } from "../../oci/descriptor.ts";
import { readManifest } from "../../oci/document.ts";
import { isIndex } from "../../oci/media-types.ts";
import { blobPath } from "../layout/files.ts";

/** The image of an archive for `docker load`, and its tags. */
export interface Loadable {
  readonly manifest: Content;
  readonly tags: ReadonlySet<string>;
}

/**
 * Takes one more manifest into an archive for `docker load`, which holds one image.
 * @throws PauseError `usage` for an index, or for an image when the archive has another
 */
export function withManifest(
  held: Loadable | undefined,
  manifest: Content,
  tags: readonly string[],
  name: string,
): Loadable {
  const { mediaType, digest } = manifest.descriptor;
  const isOther = held !== undefined && held.manifest.descriptor.digest !== digest;
  if (isOther || isIndex(mediaType)) {
    throw new PauseError(
      "usage",
      `Cannot write to ${name}: "docker load" takes the image of one platform, and these are ` +
        "several. Choose one with ARCH=…, or write an oci-archive.",
    );
  }
  return { manifest, tags: new Set([...held?.tags ?? [], ...tags]) };
}

/**
 * The manifest.json that `docker load` reads.
 *
 * @param repository what the image is to be called, without a tag; undefined: it gets no name
 * @see https://github.com/moby/moby/blob/v20.10.24/image/spec/v1.2.md#combined-image-json--filesystem-changeset-format
 */
export function manifestJson({ manifest, tags }: Loadable, repository: string | undefined): string {
  const { config, layers } = readManifest(manifest.bytes);
  const named = repository === undefined ? [] : [...tags].sort();
  return JSON.stringify([{
    Config: blobPath(config.digest),
    RepoTags: named.map((tag) => `${repository}:${tag}`),
    Layers: layers.map(({ digest }) => blobPath(digest)),
  }]);
}
