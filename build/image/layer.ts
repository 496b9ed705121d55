// The plain half: the other one loads worker threads, which costs 50 ms and is of no use here.
import { gzipSync } from "fflate/browser";
import { packTar } from "modern-tar";
import { type Content, content } from "../oci/descriptor.ts";
import { type Digest, sha256 } from "../oci/digest.ts";
import { compareBytes } from "./bytewise.ts";
import type { Owner } from "./draft.ts";
import type { Entry } from "./entry.ts";

/** One entry of a layer; its path is absolute, normalised, and not the root. */
export type LayerFile = Entry & Owner;

export interface Layer {
  /** The compressed archive. */
  readonly content: Content;
  /** The digest of the archive before compression. */
  readonly diffId: Digest;
}

/**
 * Files carry the time 0 and not the image's: a program that did not change stays the same blob when
 * the commit, and with it the image's time, did.
 */
const MTIME = new Date(0);

/**
 * Packs files into a layer whose bytes depend on nothing but the arguments: entries in the order of
 * their paths' bytes, numeric owners, no names of owners, no times.
 *
 * @param files in any order, each path once
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md
 */
export async function packLayer(files: readonly LayerFile[], mediaType: string): Promise<Layer> {
  const sorted = [...files].sort((a, b) => compareBytes(a.path, b.path));
  const archive = await packTar(sorted.map(tarEntry));
  // With `mem` left out, fflate derives it from Math.log, which engines may round differently.
  const bytes = gzipSync(archive, { level: 9, mem: 4, mtime: 0 });
  return { content: content(mediaType, bytes), diffId: sha256(archive) };
}

type TarEntry = Parameters<typeof packTar>[0][number];

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
