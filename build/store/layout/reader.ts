import { PauseError } from "../../error.ts";
import type { Content, Descriptor } from "../../oci/descriptor.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { children, mediaTypeOf, referrer } from "../../oci/document.ts";
import { DOCUMENT_LIMIT, unreadable } from "../../oci/json.ts";
import { isIndex, isManifest } from "../../oci/media-types.ts";
import { isOfType, type Store, type TagOrDigest } from "../store.ts";
import { verified, verify } from "../verified.ts";
import { type Entries, findEntry, readEntries, tagsOf } from "./entries.ts";
import { findLayout, isIntact } from "./check.ts";
import { blobPath, INDEX_FILE, type LayoutFiles, readDocument } from "./files.ts";

/** The reading half of a layout, whether it lies in a folder or in an archive. */
export interface LayoutReader extends
  Pick<
    Store,
    "name" | "resolve" | "getManifest" | "hasBlob" | "getBlob" | "tags" | "referrers"
  > {
  /**
   * What index.json says.
   * @throws PauseError `usage` when this is something else than a layout; `verification` when it is
   * a malformed one
   */
  entries(): Promise<Entries>;
}

/** Reads the layout that is made of `files`. */
export function layoutReader(name: string, files: LayoutFiles): LayoutReader {
  let isLayout = false;
  const look = async (): Promise<void> => {
    isLayout ||= await findLayout(name, files);
  };
  const entries = async (): Promise<Entries> => {
    await look();
    return readEntries(await readDocument(files, INDEX_FILE), name, files.remedy);
  };
  const find = async (ref: TagOrDigest): Promise<Descriptor | undefined> =>
    findEntry(await entries(), ref, name) ?? (isDigest(ref) ? await sniff(files, ref) : undefined);

  const getManifest = async (ref: TagOrDigest): Promise<Content> => {
    const descriptor = await find(ref);
    const bytes = descriptor && await readDocument(files, blobPath(descriptor.digest));
    if (descriptor === undefined || bytes === undefined) {
      throw notThere(ref, name, await entries());
    }
    const manifest = { descriptor: pointer(descriptor), bytes };
    verify(manifest, name);
    return manifest;
  };

  return {
    name,
    entries,
    getManifest,
    async resolve(ref) {
      const descriptor = await find(ref);
      if (descriptor === undefined || !await isIntact(files, descriptor)) return undefined;
      return pointer(descriptor);
    },
    async hasBlob(blob) {
      await look();
      return await isIntact(files, blob);
    },
    async getBlob(blob) {
      await look();
      const path = blobPath(blob.digest);
      if (await files.size(path) !== undefined) {
        return verified(await files.stream(path), blob, name);
      }
      throw new PauseError(
        "storage",
        `Cannot read ${blob.digest} from ${name}: it is not there. The image is incomplete.`,
      );
    },
    async *tags() {
      yield* tagsOf(await entries());
    },
    async *referrers(subject, artifactType) {
      const roots = (await entries()).list.map(({ descriptor }) => descriptor);
      for await (const manifest of reachable(roots, files, getManifest)) {
        const found = referrer(manifest);
        if (found?.subject === subject && isOfType(found.descriptor, artifactType)) {
          yield found.descriptor;
        }
      }
    },
  };
}

/** The descriptor of a manifest that index.json does not name: one of an index's. */
async function sniff(files: LayoutFiles, digest: Digest): Promise<Descriptor | undefined> {
  const size = await files.size(blobPath(digest));
  if (size === undefined || size > DOCUMENT_LIMIT) return undefined;
  const bytes = await files.read(blobPath(digest));
  const mediaType = bytes && mediaTypeOf(bytes);
  return mediaType && isManifest(mediaType) ? { mediaType, digest, size } : undefined;
}

/**
 * Every manifest from `roots` down, each once. An image that is missing below an index is passed
 * over: an index may name more than was copied.
 *
 * @throws PauseError `storage` when something else is missing, which may refer to anything
 */
async function* reachable(
  roots: readonly Descriptor[],
  files: LayoutFiles,
  getManifest: (ref: TagOrDigest) => Promise<Content>,
): AsyncGenerator<Content> {
  const seen = new Set<Digest>();
  const left = [...roots];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { digest, mediaType } = next;
    if (seen.has(digest)) continue;
    if (!isManifest(mediaType)) {
      if (roots.includes(next)) await refuseDisguised(next, files);
      continue;
    }
    seen.add(digest);
    const isImage = next.platform !== undefined && !roots.includes(next);
    if (isImage && await files.size(blobPath(digest)) === undefined) continue;
    const manifest = await getManifest(digest);
    if (isIndex(mediaType)) left.push(...children(manifest.descriptor, manifest.bytes));
    yield manifest;
  }
}

/**
 * No digest covers what index.json says. A manifest that it lists as something else would be passed
 * over, and what hangs on an image by it would be gone without a word.
 *
 * @throws PauseError `verification`
 */
async function refuseDisguised(entry: Descriptor, files: LayoutFiles): Promise<void> {
  const own = await sniff(files, entry.digest);
  if (own === undefined) return;
  const found = `index.json says that it is ${
    entry.mediaType.slice(0, 100)
  }, and it is ${own.mediaType}`;
  throw unreadable(`manifest ${entry.digest}`, found, files.remedy);
}

function pointer({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

function notThere(ref: TagOrDigest, name: string, entries: Entries): PauseError {
  const tags = tagsOf(entries);
  const has = tags.length === 0 ? "It has no tags" : `It has ${tags.slice(0, 10).join(", ")}`;
  return new PauseError(
    "storage",
    `Cannot read ${ref} from ${name}: it is not there. ${has}${tags.length > 10 ? ", …" : ""}.`,
  );
}
