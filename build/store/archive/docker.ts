import { PauseError } from "../../error.ts";
import type { Content } from "../../oci/descriptor.ts";
import { readManifest } from "../../oci/document.ts";
import { isIndex } from "../../oci/media-types.ts";
import { blobPath } from "../layout/files.ts";

/** An image of an archive for `docker load`, and its tags. */
export interface Loadable {
  readonly manifest: Content;
  readonly tags: readonly string[];
}

/**
 * Takes one more manifest, or more tags of one, into an archive for `docker load`. What loses its
 * last tag to it is no part of the archive any more.
 *
 * @throws PauseError `usage` for an index
 */
export function withManifest(
  held: readonly Loadable[],
  manifest: Content,
  tags: readonly string[],
  name: string,
): Loadable[] {
  const { mediaType, digest } = manifest.descriptor;
  if (isIndex(mediaType)) {
    throw new PauseError(
      "usage",
      `Cannot write to ${name}: "docker load" takes the image of one platform, and this is an ` +
        "index of several. Choose one with ARCH=…, or write an oci-archive.",
    );
  }
  const isIt = (one: Loadable): boolean => one.manifest.descriptor.digest === digest;
  const known = held.find(isIt)?.tags ?? [];
  const others = held.filter((one) => !isIt(one)).flatMap((one) => {
    const left = one.tags.filter((tag) => !tags.includes(tag));
    return left.length === 0 && one.tags.length > 0 ? [] : [{ ...one, tags: left }];
  });
  return [...others, { manifest, tags: [...new Set([...known, ...tags])] }];
}

/** What an engine is to call the image of a tag. Undefined: it gets no name. */
export type NameOf = (tag: string) => string | undefined;

/**
 * The manifest.json that `docker load` reads: the same for the same images, in whatever order.
 * @see https://github.com/moby/moby/blob/v20.10.24/image/spec/v1.2.md#combined-image-json--filesystem-changeset-format
 */
export function manifestJson(images: readonly Loadable[], nameOf: NameOf): string {
  const listed = images.map(({ manifest: { bytes }, tags }) => {
    const { config, layers } = readManifest(bytes);
    return {
      Config: blobPath(config.digest),
      RepoTags: tags.flatMap((tag) => nameOf(tag) ?? []).sort(),
      Layers: layers.map(({ digest }) => blobPath(digest)),
    };
  });
  const order = listed.map((image) =>
    [`${image.RepoTags[0] ?? ""} ${image.Config}`, image] as const
  );
  return JSON.stringify(
    order.sort(([one], [other]) => one < other ? -1 : 1).map(([, image]) => image),
  );
}
