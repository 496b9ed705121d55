import type { Content, Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { type Fields, isFields, readObject, unreadable } from "./json.ts";
import type { ImageConfig, Index, Manifest } from "./manifest.ts";
import { isIndex, isManifest, OCI } from "./media-types.ts";
import {
  absent,
  constant,
  digest,
  fields,
  listOf,
  object,
  optional,
  recordOf,
  type Shape,
  size,
  text,
} from "./shape.ts";

const TEXTS = optional(recordOf(text));

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md#properties */
const DESCRIPTOR: Shape = fields({
  mediaType: text,
  digest,
  size,
  platform: optional(fields({
    architecture: text,
    os: text,
    "os.version": optional(text),
    "os.features": optional(listOf(text)),
    variant: optional(text),
  })),
  annotations: TEXTS,
  urls: optional(listOf(text)),
  artifactType: optional(text),
});

const COMMON = {
  schemaVersion: constant(2),
  mediaType: optional(text),
  artifactType: optional(text),
  subject: optional(DESCRIPTOR),
  annotations: TEXTS,
};

// A document with the fields of both kinds means different images to different readers
// (CVE-2021-41190).
const INDEX: Shape = fields({
  ...COMMON,
  manifests: listOf(DESCRIPTOR),
  config: absent,
  layers: absent,
});

const MANIFEST: Shape = fields({
  ...COMMON,
  config: DESCRIPTOR,
  layers: listOf(DESCRIPTOR),
  manifests: absent,
});

const CONFIG: Shape = fields({
  architecture: text,
  os: text,
  variant: optional(text),
  "os.version": optional(text),
  "os.features": optional(listOf(text)),
  created: optional(text),
  author: optional(text),
  config: optional(fields({
    User: optional(text),
    Env: optional(listOf(text)),
    Entrypoint: optional(listOf(text)),
    Cmd: optional(listOf(text)),
    WorkingDir: optional(text),
    StopSignal: optional(text),
    Labels: TEXTS,
    ExposedPorts: optional(recordOf(object)),
    Volumes: optional(recordOf(object)),
  })),
  rootfs: fields({ type: constant("layers"), diff_ids: listOf(digest) }),
  history: optional(listOf(fields({
    created: optional(text),
    created_by: optional(text),
    comment: optional(text),
  }))),
});

/**
 * Reads the bytes of an index or a Docker manifest list.
 * @throws PauseError `verification` when they are none
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md
 */
export function readIndex(bytes: Uint8Array): Index {
  return { mediaType: OCI.index, ...read(bytes, "index", INDEX) } as unknown as Index;
}

/**
 * Reads the bytes of an image manifest, OCI's or Docker's schema 2.
 * @throws PauseError `verification` when they are none
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md
 */
export function readManifest(bytes: Uint8Array): Manifest {
  return { mediaType: OCI.manifest, ...read(bytes, "manifest", MANIFEST) } as unknown as Manifest;
}

/**
 * Reads the bytes of an image's configuration.
 * @throws PauseError `verification` when they are none
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md
 */
export function readImageConfig(bytes: Uint8Array): ImageConfig {
  return read(bytes, "image configuration", CONFIG) as unknown as ImageConfig;
}

/**
 * What a document refers to and is not whole without: an index its manifests, a manifest its
 * config and layers, anything else nothing. A `subject` is not among them: it may be missing.
 *
 * @throws PauseError `verification` when the bytes are not what `parent.mediaType` says
 */
export function children(parent: Descriptor, bytes: Uint8Array): readonly Descriptor[] {
  if (!isManifest(parent.mediaType)) return [];
  // Without a mediaType of its own (legal in OCI) a document is what points at it says.
  const own = readObject(bytes, "manifest").mediaType ?? parent.mediaType;
  if (own !== parent.mediaType) {
    throw unreadable(
      `manifest ${parent.digest}`,
      `it says that it is ${
        typeof own === "string" ? own.slice(0, 100) : "of no media type"
      }, and what points at it says ${parent.mediaType}`,
    );
  }
  if (isIndex(parent.mediaType)) return readIndex(bytes).manifests;
  const { config, layers } = readManifest(bytes);
  return [config, ...layers];
}

/**
 * The media type of a document that nothing points at: its own word, or what its fields tell.
 * Undefined when the bytes are no manifest and no index.
 */
export function mediaTypeOf(bytes: Uint8Array): string | undefined {
  let document: Fields;
  try {
    document = readObject(bytes, "manifest");
  } catch {
    return undefined;
  }
  if (typeof document.mediaType === "string") return document.mediaType;
  if (Array.isArray(document.manifests)) return OCI.index;
  return isFields(document.config) && "layers" in document ? OCI.manifest : undefined;
}

/** A manifest as its subject's list of referrers shows it. */
export interface Referrer {
  readonly subject: Digest;
  readonly descriptor: Descriptor;
}

/**
 * What `manifest` refers to as its subject, or undefined when it has none.
 * @throws PauseError `verification` when its bytes are not what its mediaType says
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers
 */
export function referrer({ descriptor, bytes }: Content): Referrer | undefined {
  const { mediaType } = descriptor;
  if (!isManifest(mediaType)) return undefined;
  const document = isIndex(mediaType) ? readIndex(bytes) : readManifest(bytes);
  if (document.subject === undefined) return undefined;
  const artifactType = document.artifactType ??
    ("config" in document ? document.config.mediaType : undefined);
  return {
    subject: document.subject.digest,
    descriptor: {
      mediaType,
      digest: descriptor.digest,
      size: descriptor.size,
      ...(artifactType !== undefined && { artifactType }),
      ...(document.annotations && { annotations: document.annotations }),
    },
  };
}

/** Reads a descriptor out of a document whose other fields are not of interest. */
export function readDescriptor(value: unknown, what: string, next?: string): Descriptor {
  return checked(withoutNulls(value), what, DESCRIPTOR, next) as Descriptor;
}

function read(bytes: Uint8Array, what: string, shape: Shape): Fields {
  return checked(withoutNulls(readObject(bytes, what)), what, shape) as Fields;
}

function checked(value: unknown, what: string, shape: Shape, next?: string): unknown {
  const fault = shape(value, "");
  if (fault === undefined) return value;
  throw unreadable(what, fault, next);
}

/** Go writes null for an empty list, and for what is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      if (item !== null) return [[key, withoutNulls(item)]];
      return LISTS.has(key) ? [[key, []]] : [];
    }),
  );
}

/** The lists that must be there. */
const LISTS: ReadonlySet<string> = new Set(["manifests", "layers", "diff_ids"]);
