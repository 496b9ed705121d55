import type { Content, Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";

/** A tag (`3.10.2`) or a digest (`sha256:…`): what a manifest is asked for by. */
export type TagOrDigest = string;

/** Opens the bytes of a blob anew each time it is called, so that a failed upload can start over. */
export type OpenBlob = () => Promise<ReadableStream<Uint8Array>>;

/**
 * A place that holds one repository of images: a registry's repository, an OCI layout, an archive,
 * or memory. Publishing, mirroring, saving and loading are all a copy from one store to another.
 *
 * Every reader checks what it reads: bytes that do not have the digest and size that they were
 * asked for are a `verification` error, never a result. Writers make each piece visible whole or
 * not at all.
 */
export interface Store {
  /** How messages name the place: `10.0.0.5:5000/k8s/pause`, `oci:out`. */
  readonly name: string;

  /**
   * Set when the store refuses a manifest whose parts it lacks, as registries do: having a
   * manifest then means having all of it. Folders and archives may have been tampered with.
   */
  readonly complete?: true;

  /** The descriptor of the manifest that `ref` names, or undefined when the store has none such. */
  resolve(ref: TagOrDigest): Promise<Descriptor | undefined>;

  /**
   * The manifest (image manifest or index) that `ref` names, its bytes as stored.
   * @throws PauseError `registry` or `storage` when there is none
   */
  getManifest(ref: TagOrDigest): Promise<Content>;

  /**
   * Stores a manifest under its digest, and points each of `tags` at it.
   * @throws PauseError `registry` or `storage` when a part of it is not there, but for layers that
   * say where else they are (`urls`); `verification` when the bytes are not the descriptor's. The
   * tags then stay where they were
   */
  putManifest(manifest: Content, tags: readonly string[]): Promise<void>;

  /** Whether the store holds the blob. */
  hasBlob(blob: Descriptor): Promise<boolean>;

  /** The bytes of a blob as they come. The stream fails at its end when digest or size is wrong. */
  getBlob(blob: Descriptor): Promise<ReadableStream<Uint8Array>>;

  /** Stores a blob. Called only for blobs that {@link hasBlob} denied. */
  putBlob(blob: Descriptor, open: OpenBlob): Promise<void>;

  /** Has the store take the blob from a neighbouring repository. False when it cannot. */
  mountBlob?(blob: Descriptor, from: Store): Promise<boolean>;

  /** All tags, in the order of their code points. */
  tags(): AsyncIterable<string>;

  /**
   * The descriptors of the manifests whose subject is `digest`.
   * @param artifactType only those of that type. @default all
   */
  referrers(digest: Digest, artifactType?: string): AsyncIterable<Descriptor>;

  /**
   * Removes a tag, or a manifest with all of its tags. What a manifest names stays: other manifests
   * may name it too.
   *
   * @returns false when there is none such
   * @throws PauseError `registry` where the registry does not allow it, `usage` for a store that is
   * only ever written whole
   */
  delete(ref: TagOrDigest): Promise<boolean>;

  /**
   * Ends the writing: what only counts when complete (an archive) appears under its name now. What
   * was written is read by opening the place anew.
   */
  commit(): Promise<void>;

  /** Gives the writing up: what {@link commit} would have published is removed. Safe after a commit. */
  abandon(): Promise<void>;
}

/** Whether a referrer is of the type that {@link Store.referrers} is to list. */
export function isOfType(referrer: Descriptor, artifactType: string | undefined): boolean {
  return artifactType === undefined || referrer.artifactType === artifactType;
}
