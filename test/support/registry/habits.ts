/** How registries differ from each other. */
export interface Habits {
  /** Whether `referrers/` exists. @default true */
  readonly referrersApi?: boolean;
  /** Whether `referrers/` looks at `artifactType`. @default true */
  readonly filtersReferrers?: boolean;
  /** Whether upload addresses are absolute, as docker-registry's are. @default true */
  readonly absoluteLocations?: boolean;
  /** Whether a tag, once given, stays where it is. @default false */
  readonly immutableTags?: boolean;
  /** Whether an upload without Content-Length is refused. @default false */
  readonly lengthRequired?: boolean;
  /** Whether blobs are got from another origin by a signed address. @default false */
  readonly redirectBlobs?: boolean;
  /** Whether uploads go to another origin, by a signed address. @default false */
  readonly uploadsElsewhere?: boolean;
  /** The most entries on a page of tags or referrers. @default without limit */
  readonly pageLimit?: number;
  /** Bytes that each chunk of an upload has to have, but for the last. @default any number */
  readonly chunkMinimum?: number;
  /**
   * Whether the first address of an upload stays good and says what came, also of a chunk that was
   * cut off. docker-registry 2.8 gives another one with every chunk. @default false
   */
  readonly resumesUploads?: boolean;
  /** Whether Content-Range of a chunk is looked at, which docker-registry 2.8 does not. @default true */
  readonly checksRanges?: boolean;
  /** Whether a POST may carry the whole blob, which docker-registry does not take. @default false */
  readonly singlePost?: boolean;
  /** Whether a part of a blob can be had. @default true */
  readonly servesRanges?: boolean;
  /** Whether blobs are mounted from other repositories. @default true */
  readonly mounts?: boolean;
  /** Whether HEAD is known. @default true */
  readonly heads?: boolean;
  /** Whether Docker-Content-Digest is sent. @default true */
  readonly digestHeader?: boolean;
  /** What may be deleted. @default "digests" */
  readonly deletion?: "none" | "digests" | "tags too";
  /** How long what was written cannot be read yet. @default not at all */
  readonly lag?: Lag;
}

/** A kind of thing that may lag. `part`: what a manifest that is put names. */
export type Lagging = "blob" | "manifest" | "tag" | "part";

/** Read-after-write lag: both have to pass. */
export interface Lag {
  /** How many reads come too early. @default 0 */
  readonly reads?: number;
  /** Milliseconds. @default 0 */
  readonly milliseconds?: number;
  /** @default blobs, manifests and tags */
  readonly of?: readonly Lagging[];
}

/** What a signed address of the storage carries, and no message may show. */
export const SIGNATURE = "X-Signature=storage-secret";
