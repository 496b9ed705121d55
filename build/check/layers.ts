import { unpackTar } from "modern-tar";
import { reason } from "../error.ts";
import { sha256 } from "../oci/digest.ts";
import type { Entry, Kind } from "./tree.ts";
import { inflate, isGzip } from "./inflate.ts";

/** Bytes, of all layers of an image unpacked. The largest pause image known has less than 1 MB. */
export const UNPACKED_LIMIT: number = 64 * 1024 * 1024;

/** More files than any pause image has. */
const ENTRY_LIMIT = 10_000;

/** Linux's PATH_MAX, in bytes. */
const NAME_LIMIT = 4096;

/** What a layer holds, or what is wrong with it. */
export type UnpackedLayer =
  | { readonly diffId: string; readonly size: number; readonly entries: readonly Entry[] }
  | { readonly damage: string }
  | { readonly tooLong: true }
  /** Nothing is wrong, but this software cannot read it. */
  | { readonly unreadable: string };

/** How zstd's frames begin. @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1 */
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

/**
 * Unpacks a layer in memory. Nothing is written, so no name can lead anywhere.
 *
 * @param limit bytes that may come out
 */
export async function unpackLayer(bytes: Uint8Array, limit: number): Promise<UnpackedLayer> {
  if (ZSTD.every((byte, at) => bytes[at] === byte)) {
    return { unreadable: "a layer is compressed with zstd, which this version does not read" };
  }
  const unpacked = isGzip(bytes) ? inflate(bytes, limit) : { bytes };
  if (!("bytes" in unpacked)) return unpacked;
  if (unpacked.bytes.length > limit) return { tooLong: true };
  const entries = await readEntries(unpacked.bytes);
  if (!Array.isArray(entries)) return { damage: entries.damage };
  return { diffId: sha256(unpacked.bytes), size: unpacked.bytes.length, entries };
}

type TarHeader = Awaited<ReturnType<typeof unpackTar>>[number]["header"];

async function readEntries(tar: Uint8Array): Promise<Entry[] | { readonly damage: string }> {
  let count = 0;
  try {
    const found = await unpackTar(tar, {
      strict: true,
      filter: ({ name }) => {
        if (++count > ENTRY_LIMIT) throw new Error(`it has more than ${ENTRY_LIMIT} files`);
        if (name.length > NAME_LIMIT) throw new Error(`a name has ${name.length} characters`);
        return true;
      },
    });
    return found.map(({ header, data }) => entryOf(header, data ?? new Uint8Array()));
  } catch (error) {
    return { damage: `it is no whole tar (${reason(error)})` };
  }
}

const KINDS: Readonly<Record<string, Kind>> = {
  file: "file",
  directory: "folder",
  symlink: "symlink",
  link: "link",
};

function entryOf(header: TarHeader, bytes: Uint8Array): Entry {
  const { name, type = "file", mode = 0, uid = 0, gid = 0, linkname, pax = {} } = header;
  return {
    name,
    kind: KINDS[type] ?? "other",
    mode,
    uid,
    gid,
    bytes,
    attributes: Object.keys(pax)
      .filter((key) => key.startsWith(ATTRIBUTE))
      .map((key) => key.slice(ATTRIBUTE.length)),
    ...(linkname !== undefined && linkname !== "" && { target: linkname }),
  };
}

/** The prefix of extended attributes in pax headers, which Docker and BuildKit write too. */
const ATTRIBUTE = "SCHILY.xattr.";
