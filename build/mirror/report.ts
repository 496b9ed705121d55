import type { CopyEvent } from "../copy/copy.ts";
import type { PauseError } from "../error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { Store } from "../store/store.ts";

/** A store that an image is mirrored to, and the tags that it gets there. */
export interface Destination {
  readonly store: Store;
  /** None: the image is known there by its digest alone. */
  readonly tags: readonly string[];
}

/** What became of one destination. */
export interface Delivery {
  /** The store's name, with its tags: `10.0.0.5:5000/k8s/pause:3.10`. */
  readonly destination: string;
  /** `present`: it was up to date, and nothing was sent. */
  readonly outcome: "copied" | "present" | "failed";
  /** What the tags point at there; undefined when it failed. */
  readonly digest?: Digest;
  /** How many manifests and blobs were sent, were there, were taken from a neighbour. */
  readonly pieces: Readonly<Record<CopyEvent["outcome"], number>>;
  /** How many bytes of blobs were sent. */
  readonly bytes: number;
  /**
   * How many referrers and signatures hang on it at the source, and so there. Undefined where they
   * were not looked at: it was present, or they were not wanted.
   */
  readonly referrers?: number;
  /** Why it failed. */
  readonly error?: PauseError;
}

/** What became of one image. */
export interface Mirrored {
  /** `registry.k8s.io/pause:3.10`. */
  readonly source: string;
  /** The digest at the source. That of a delivery differs when the index was rewritten. */
  readonly digest: Digest;
  /** One for each destination, in their order. */
  readonly deliveries: readonly Delivery[];
  /** What the user should know although nothing failed, a sentence each. */
  readonly notes: readonly string[];
}

/** What happens, as it happens. */
export type MirrorEvent =
  /** The source named its digest. */
  | { readonly type: "resolved"; readonly source: string; readonly digest: Digest }
  /** A manifest is about to be carried: so many bytes of blobs, not seen before, are below it. */
  | { readonly type: "expected"; readonly destination: string; readonly bytes: number }
  /** A manifest or a blob was looked at. */
  | ({ readonly type: "piece"; readonly destination: string } & CopyEvent)
  /** So many bytes of a blob have passed since the last such event. */
  | {
    readonly type: "bytes";
    readonly destination: string;
    readonly blob: Descriptor;
    readonly bytes: number;
  }
  /** What {@link Mirrored.notes} will have. */
  | { readonly type: "note"; readonly source: string; readonly note: string }
  /** Once more as failed, where the archive that it was delivered to could not be written. */
  | { readonly type: "delivered"; readonly source: string; readonly delivery: Delivery };
