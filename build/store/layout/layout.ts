import { join } from "node:path";
import { removeFile, sizeIfThere, writeWhole } from "../../host/files.ts";
import { sweep } from "../../host/sweep.ts";
import { withLock } from "../../host/lock.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { children, referrer } from "../../oci/document.ts";
import { requireParts } from "../parts.ts";
import type { Store } from "../store.ts";
import { verified, verify } from "../verified.ts";
import {
  type Annotate,
  type Entries,
  formatEntries,
  without,
  withTags,
  withUntagged,
} from "./entries.ts";
import { blobPath, folderFiles, INDEX_FILE, LAYOUT_FILE } from "./files.ts";
import { type LayoutReader, layoutReader } from "./reader.ts";

const LAYOUT = JSON.stringify({ imageLayoutVersion: "1.0.0" });

export interface LayoutOptions {
  /** How messages name it. @default `oci:` and the folder */
  readonly name?: string;
  /** Annotations that the entry of a tag gets in index.json. @default none */
  readonly annotate?: Annotate;
}

/**
 * An OCI image layout in a folder, which is made when first written to. Tags are the entries'
 * `org.opencontainers.image.ref.name`.
 *
 * Every file appears whole, index.json last; a process that is killed leaves the old state or the
 * new one. Several processes may write at once. What is there already is not written again.
 *
 * @throws PauseError from its functions: `usage` when the folder holds something else than a
 * layout, `verification` when the layout is malformed or holds wrong bytes, `storage` when it cannot
 * be read or written
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
 */
export function layoutStore(folder: string, options: LayoutOptions = {}): Store {
  const { name = `oci:${folder}`, annotate = (): Record<string, string> => ({}) } = options;
  const reader = layoutReader(name, folderFiles(folder));
  const untagged = new Map<Digest, Descriptor>();
  let begun: Promise<void> | undefined;
  const begin = (): Promise<void> => begun ??= beginLayout(folder, reader);
  const update = async (change: Change): Promise<void> => {
    if (await changed(folder, reader, change) === undefined) return;
    await begin();
    await updateEntries(folder, reader, change);
  };

  return {
    ...reader,
    async putManifest(manifest, tags) {
      const { descriptor } = manifest;
      verify(manifest, name);
      const isReferrer = referrer(manifest) !== undefined;
      await requireParts(reader, manifest);
      if (!await reader.hasBlob(descriptor)) {
        await begin();
        await writeWhole(join(folder, blobPath(descriptor.digest)), manifest.bytes);
      }
      for (const { digest } of children(descriptor, manifest.bytes)) untagged.delete(digest);
      if (tags.length > 0) await update((entries) => withTags(entries, descriptor, tags, annotate));
      else if (isReferrer) await update((entries) => withUntagged(entries, descriptor));
      // Only at the end is it known that no index refers to it.
      else untagged.set(descriptor.digest, descriptor);
    },
    async putBlob(blob, open) {
      await begin();
      const bytes = verified(await open(), blob, name);
      await writeWhole(join(folder, blobPath(blob.digest)), bytes);
    },
    async delete(ref) {
      if (await reader.resolve(ref) === undefined) return false;
      if (isDigest(ref)) untagged.delete(ref);
      await update((entries) => without(entries, ref));
      if (isDigest(ref)) await removeFile(join(folder, blobPath(ref)));
      return true;
    },
    async commit() {
      if (begun === undefined && untagged.size === 0) return;
      await update((entries) => [...untagged.values()].reduce(withUntagged, entries));
      untagged.clear();
    },
    abandon: () => Promise.resolve(),
  };
}

/** Makes the layout, or sees that it is one, and removes what killed processes left. */
async function beginLayout(folder: string, reader: LayoutReader): Promise<void> {
  await reader.entries();
  const path = join(folder, LAYOUT_FILE);
  if (await sizeIfThere(path) === undefined) await writeWhole(path, LAYOUT);
  await sweep(folder, (becoming) => [LAYOUT_FILE, INDEX_FILE].includes(becoming));
  for (const algorithm of ["sha256", "sha512"]) {
    await sweep(join(folder, "blobs", algorithm), (becoming) => /^[0-9a-f]+$/.test(becoming));
  }
}

type Change = (entries: Entries) => Entries;

/** What index.json is to say now; undefined when it says so already. */
async function changed(
  folder: string,
  reader: LayoutReader,
  change: Change,
): Promise<Entries | undefined> {
  const before = await reader.entries();
  const after = change(before);
  const isSame = after === before && await sizeIfThere(join(folder, INDEX_FILE)) !== undefined;
  return isSame ? undefined : after;
}

/** Reads, changes and replaces index.json while no other process does. */
async function updateEntries(folder: string, reader: LayoutReader, change: Change): Promise<void> {
  const path = join(folder, INDEX_FILE);
  await withLock(`${path}.lock`, async () => {
    const entries = await changed(folder, reader, change);
    if (entries !== undefined) await writeWhole(path, formatEntries(entries));
  });
}
