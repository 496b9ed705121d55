import type { Digest } from "../oci/digest.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { UpdatedBase } from "./windows/base-lock.ts";
import type { Delivered, Made, Missing, Program, Reference } from "./workshop.ts";

/** What a run made, as `--json` prints it and METADATA_FILE holds it. Sizes are in bytes. */
export interface Metadata {
  /** TAG: what the index is called. */
  readonly tag: string;
  /** With sizes and digests. */
  readonly programs: readonly Program[];
  /** With where each of them is now. */
  readonly images: readonly {
    /** `linux/arm/v7`. */
    readonly platform: string;
    /** Of an image for Windows: `10.0.20348.3207`. */
    readonly osVersion?: string;
    /** Of the image's manifest. */
    readonly digest: Digest;
    readonly size: number;
  }[];
  /** Of the index over the images; absent when none was made. */
  readonly index?: { readonly digest: Digest; readonly size: number; readonly mediaType: string };
  /** What hangs on them: SBOMs and provenance, each on the image or the index of its `subject`. */
  readonly attached: readonly {
    readonly kind: string;
    readonly artifactType: string;
    readonly subject: Digest;
    /** Of the manifest that hangs there. */
    readonly digest: Digest;
    readonly size: number;
  }[];
  /** Names on this machine: `oci:out:3.10.2`. */
  readonly saved: readonly Reference[];
  /** Names on the registry. */
  readonly pushed: readonly Reference[];
  /** Paths that `clean` removed. */
  readonly removed: readonly string[];
  /** What is locked for images for Windows to be built on, and what became of it. */
  readonly bases: readonly UpdatedBase[];
  /** The images that were asked for and could not be built, each with the reason. */
  readonly missing: readonly Missing[];
}

/** Puts what a run made into the form that other programs read. */
export function metadata(
  { tag, programs, saved, pushed, removed, bases, missing }: Made,
): Metadata {
  const delivered = [...saved, ...pushed];
  const index = delivered.find((delivery) => delivery.index !== undefined)?.index;
  return {
    tag,
    programs,
    images: (delivered[0]?.images ?? []).map(({ platform, manifest: { digest, size } }) => ({
      platform: formatPlatform(platform),
      ...(platform["os.version"] !== undefined && { osVersion: platform["os.version"] }),
      digest,
      size,
    })),
    ...(index && { index: { digest: index.digest, size: index.size, mediaType: index.mediaType } }),
    attached: attachedIn(delivered),
    saved: saved.flatMap(({ references }) => references),
    pushed: pushed.flatMap(({ references }) => references),
    removed,
    bases,
    missing,
  };
}

/** What was saved and pushed alike is one. */
function attachedIn(delivered: readonly Delivered[]): Metadata["attached"] {
  const all = delivered.flatMap(({ attached }) => attached);
  const once = new Map(all.map((one) => [one.manifest.digest, one]));
  return [...once.values()].map(({ kind, artifactType, subject, manifest: { digest, size } }) => ({
    kind,
    artifactType,
    subject,
    digest,
    size,
  }));
}
