import { streamOf } from "../oci/bytes.ts";
import { type Content, content, type Descriptor, jsonContent } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { readManifest, referrer } from "../oci/document.ts";
import { unreadable } from "../oci/json.ts";
import { OCI } from "../oci/media-types.ts";
import type { Store } from "../store/store.ts";
import { EMPTY_CONFIG } from "./media-types.ts";
import { blobReader, counter, MOST_REFERRERS } from "./verify/limits.ts";

/** A document that is to hang on an image. */
export interface Attachment {
  /** By which it is found among all that hangs there. */
  readonly artifactType: string;
  /** The document, with its media type. */
  readonly document: Content;
  readonly annotations?: Readonly<Record<string, string>>;
}

const EMPTY: Content = content(EMPTY_CONFIG, new TextEncoder().encode("{}"));

/**
 * What a document is stored as: a manifest with an empty configuration, whose one layer the document
 * is, and whose subject is the image. The same document makes the same bytes.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md#guidelines-for-artifact-usage
 */
export function attachmentManifest(
  subject: Descriptor,
  { artifactType, document, annotations }: Attachment,
): Content {
  const { mediaType, digest, size } = subject;
  return jsonContent(OCI.manifest, {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    artifactType,
    config: EMPTY.descriptor,
    layers: [document.descriptor],
    subject: { mediaType, digest, size },
    ...(annotations && { annotations }),
  });
}

/**
 * Hangs a document on an image. Where it hangs there already nothing changes.
 *
 * @returns the descriptor of its manifest
 * @throws PauseError what the store throws
 */
export async function attach(
  store: Store,
  subject: Descriptor,
  attachment: Attachment,
): Promise<Descriptor> {
  for (const { descriptor, bytes } of [EMPTY, attachment.document]) {
    if (await store.hasBlob(descriptor)) continue;
    await store.putBlob(descriptor, () => Promise.resolve(streamOf(bytes)));
  }
  const manifest = attachmentManifest(subject, attachment);
  await store.putManifest(manifest, []);
  return manifest.descriptor;
}

/** A document that hangs on an image. */
export interface Attached {
  /** Of the manifest by which it hangs there. */
  readonly manifest: Descriptor;
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly document: Content;
}

/**
 * Reads what hangs on an image.
 *
 * @param wanted whether documents of a type are read. @default all are
 * @throws PauseError `verification` for what is too large or too much, is no document of one layer,
 * or has another subject than the list says; what the store throws: a list that cannot be read is
 * not an empty one
 */
export async function* attachments(
  store: Store,
  subject: Digest,
  wanted: (artifactType: string) => boolean = () => true,
): AsyncGenerator<Attached> {
  const count = counter("referrers", MOST_REFERRERS);
  const readBlob = blobReader(store);
  for await (const listed of store.referrers(subject)) {
    count();
    if (listed.artifactType !== undefined && !wanted(listed.artifactType)) continue;
    const manifest = await store.getManifest(listed.digest);
    const own = referrer(manifest);
    const artifactType = own?.descriptor.artifactType ?? "";
    if (!wanted(artifactType)) continue;
    if (own?.subject !== subject) throw wrong(listed.digest, "it refers to another image");
    const { layers: [layer, ...more], annotations = {} } = readManifest(manifest.bytes);
    if (layer === undefined || more.length > 0) {
      throw wrong(listed.digest, "it is not one document");
    }
    const document = { descriptor: layer, bytes: await readBlob(layer) };
    yield { manifest: manifest.descriptor, artifactType, annotations, document };
  }
}

function wrong(digest: Digest, found: string): Error {
  return unreadable(`referrer ${digest}`, found, "Remove it, and have it made anew.");
}
