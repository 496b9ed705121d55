import { unpackTar } from "modern-tar";
import { reason } from "../error.ts";
import { sha256 } from "../oci/digest.ts";
import type { Entry, Kind } from "./tree.ts";
import { inflate, isGzip } from "./inflate.ts";

/** Bytes, of all layers of an image unpacked. The largest pause image known has less than 1 MB. */
export const UNPACKED_LIMIT: number = 64 * 1024 * 1024;

/** Of files in all layers of an image, more than any pause image has. */
export const FILE_LIMIT: number = 10_000;

/** Linux's PATH_MAX, in bytes; and how deep folders may lie in each other. */
const NAME_LIMITS = { length: 4096, depth: 32 } as const;

/** What there is left of an image's allowance. */
export interface Allowance {
  /** That may come out. */
  bytes: number;
  files: number;
}

/** What a layer holds, or what is wrong with it. */
export type UnpackedLayer =
  | { readonly diffId: string; readonly entries: readonly Entry[] }
  | { readonly damage: string }
  | { readonly tooLong: true }
  /** Nothing is wrong, but this software cannot read it. */
  | { readonly unreadable: string };

/** How zstd's frames begin. @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1 */
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

/**
 * Unpacks a layer in memory. Nothing is written, so no name can lead anywhere.
 *
 * @param allowance what is used is taken off
 */
export async function unpackLayer(
  bytes: Uint8Array,
  allowance: Allowance,
): Promise<UnpackedLayer> {
  if (ZSTD.every((byte, at) => bytes[at] === byte)) {
    return { unreadable: "a layer is compressed with zstd, which this version does not read" };
  }
  const unpacked = isGzip(bytes) ? inflate(bytes, allowance.bytes) : { bytes };
  if (!("bytes" in unpacked)) return unpacked;
  allowance.bytes -= unpacked.bytes.length;
  if (allowance.bytes < 0) return { tooLong: true };
  const entries = await readEntries(unpacked.bytes, allowance);
  if (!Array.isArray(entries)) return { damage: entries.damage };
  return { diffId: sha256(unpacked.bytes), entries };
}

type TarHeader = Awaited<ReturnType<typeof unpackTar>>[number]["header"];

async function readEntries(
  tar: Uint8Array,
  allowance: Allowance,
): Promise<Entry[] | { readonly damage: string }> {
  try {
    const found = await unpackTar(tar, {
      strict: true,
      filter: ({ name }) => {
        if (--allowance.files < 0) throw new Error(`there are more than ${FILE_LIMIT} files`);
        checkName(name);
        return true;
      },
    });
    return found.map(({ header, data }) => entryOf(header, data ?? new Uint8Array()));
  } catch (error) {
    return { damage: `it is no whole tar (${reason(error)})` };
  }
}

function checkName(name: string): void {
  const { length, depth } = NAME_LIMITS;
  if (name.length > length) throw new Error(`a name has more than ${length} characters`);
  if (name.split("/").length > depth) throw new Error(`a file lies more than ${depth} deep`);
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
