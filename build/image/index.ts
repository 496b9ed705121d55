import { PauseError } from "../error.ts";
import { type Content, type Descriptor, jsonContent } from "../oci/descriptor.ts";
import type { Index } from "../oci/manifest.ts";
import type { MediaTypes } from "../oci/media-types.ts";
import { formatPlatform, type Platform, platformIn } from "../oci/platform.ts";
import { annotationsField } from "./annotations-field.ts";

/** The manifest of one platform. */
export interface IndexEntry {
  readonly manifest: Content;
  readonly platform: Platform;
}

/**
 * Builds the index (Docker: manifest list) of a multi-platform image, entries in the order given.
 *
 * @param annotations the index's own; Docker's manifest lists have none: left out there
 * @throws PauseError `usage` when two entries have the same platform, or there is no entry
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md
 * @see https://distribution.github.io/distribution/spec/manifest-v2-2/#manifest-list
 */
export function buildIndex(
  entries: readonly IndexEntry[],
  mediaTypes: MediaTypes,
  annotations: Readonly<Record<string, string>> = {},
): Content {
  refuseAmbiguous(entries);
  const index: Index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: entries.map(describe),
    ...annotationsField(annotations, mediaTypes),
  };
  return jsonContent(mediaTypes.index, index);
}

function describe({ manifest, platform }: IndexEntry): Descriptor {
  const { mediaType, digest, size } = manifest.descriptor;
  return {
    mediaType,
    digest,
    size,
    platform: platformIn(platform),
  };
}

/** Of two entries for one platform, some readers take the first and some the last. */
function refuseAmbiguous(entries: readonly IndexEntry[]): void {
  const seen = new Set<string>();
  for (const { platform } of entries) {
    const name = [formatPlatform(platform), platform["os.version"] ?? ""].join(" ").trim();
    if (seen.has(name)) {
      throw new PauseError("usage", `Cannot build an index: it has ${name} twice. Build it once.`);
    }
    seen.add(name);
  }
  if (seen.size > 0) return;
  throw new PauseError("usage", "Cannot build an index: it has no image. Choose an architecture.");
}
