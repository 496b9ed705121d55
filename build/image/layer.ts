// The plain half: the other one loads worker threads, which costs 50 ms and is of no use here.
import { gzipSync } from "fflate/browser";
import { packTar } from "modern-tar";
import { type Content, content } from "../oci/descriptor.ts";
import { type Digest, sha256 } from "../oci/digest.ts";
import { compareBytes } from "./bytewise.ts";
import type { LayerFile } from "./layer-file.ts";
import { type Arrange, MTIME, type TarEntry } from "./tar-entry.ts";

export interface Layer {
  /** The compressed archive. */
  readonly content: Content;
  /** The digest of the archive before compression. */
  readonly diffId: Digest;
}

/**
 * Packs files into a layer whose bytes depend on nothing but the arguments: entries in the order of
 * their paths' bytes, numeric owners, no names of owners, no times.
 *
 * @param files in any order, each path once
 * @param arrange how they stand in the archive. @default as Linux wants it
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md
 */
export async function packLayer(
  files: readonly LayerFile[],
  mediaType: string,
  arrange: Arrange = (sorted) => sorted.map(tarEntry),
): Promise<Layer> {
  const sorted = [...files].sort((a, b) => compareBytes(a.path, b.path));
  return compressLayer(await packTar([...arrange(sorted)]), mediaType);
}

/** Compresses the archive of a layer, to the same bytes wherever it is done. */
export function compressLayer(archive: Uint8Array, mediaType: string): Layer {
  // With `mem` left out, fflate derives it from Math.log, which engines may round differently.
  const bytes = gzipSync(archive, { level: 9, mem: 4, mtime: 0 });
  return { content: content(mediaType, bytes), diffId: sha256(archive) };
}

function tarEntry(file: LayerFile): TarEntry {
  const { uid, gid, mode } = file;
  const name = file.path.slice(1);
  const common = { uid, gid, mode, mtime: MTIME, size: 0 };
  switch (file.kind) {
    case "folder":
      return { header: { ...common, name: `${name}/`, type: "directory" } };
    case "link":
      return { header: { ...common, name, type: "symlink", linkname: file.to } };
    case "file":
      return {
        header: { ...common, name, type: "file", size: file.bytes.length },
        body: file.bytes,
      };
  }
}
