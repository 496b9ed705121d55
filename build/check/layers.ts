import { createHash } from "node:crypto";
import { unpackTar } from "modern-tar";
import { reason } from "../error.ts";
import type { Digest } from "../oci/digest.ts";
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
  | { readonly diffId: Digest; readonly entries: readonly Entry[] }
  | { readonly damage: string }
  | { readonly tooLong: true }
  /** Nothing is wrong, but this software cannot read it. */
  | { readonly unreadable: string };

/** How zstd's frames begin. @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1 */
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

/**
 * Unpacks a layer in memory, a piece at a time: what stays are the files' contents. Nothing is
 * written, so no name can lead anywhere.
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
  const unpacking = unpack(bytes, allowance);
  const entries = await readEntries(unpacking, allowance);
  // What is no tar may still be a bomb, or damaged further on.
  const whole = unpacking.finish();
  if (!("diffId" in whole)) return whole;
  return Array.isArray(entries) ? { ...whole, entries } : entries;
}

/** A layer that is being unpacked. */
interface Unpacking {
  /** The next piece, or undefined at the end, whether or not it is the right one. */
  readonly next: () => Uint8Array | undefined;
  /** Unpacks the rest, and tells how it ended. */
  readonly finish: () =>
    | { readonly diffId: Digest }
    | { readonly damage: string }
    | { readonly tooLong: true };
}

function unpack(bytes: Uint8Array, allowance: Allowance): Unpacking {
  const pieces = isGzip(bytes) ? inflate(bytes) : [bytes].values();
  const hash = createHash("sha256");
  let fault: { readonly damage: string } | { readonly tooLong: true } | undefined;
  const next = (): Uint8Array | undefined => {
    try {
      const { done, value } = pieces.next();
      if (done || fault) return undefined;
      allowance.bytes -= value.length;
      if (allowance.bytes < 0) fault = { tooLong: true };
      else hash.update(value);
      return fault ? undefined : value;
    } catch (error) {
      fault = { damage: reason(error) };
      return undefined;
    }
  };
  return {
    next,
    finish: () => {
      while (next() !== undefined);
      return fault ?? { diffId: `sha256:${hash.digest("hex")}` };
    },
  };
}

type TarHeader = Awaited<ReturnType<typeof unpackTar>>[number]["header"];

async function readEntries(
  { next }: Unpacking,
  allowance: Allowance,
): Promise<Entry[] | { readonly damage: string }> {
  const tar = new ReadableStream<Uint8Array>({
    pull(controller): void {
      const piece = next();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
  }, { highWaterMark: 0 });
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
      .filter((key) => key.startsWith(ATTRIBUTE) || key.startsWith(WINDOWS))
      .map((key) => key.startsWith(ATTRIBUTE) ? key.slice(ATTRIBUTE.length) : key),
    ...(linkname !== undefined && linkname !== "" && { target: linkname }),
  };
}

/** The prefix of extended attributes in pax headers, which Docker and BuildKit write too. */
const ATTRIBUTE = "SCHILY.xattr.";

/** That of what Windows keeps of a file. */
const WINDOWS = "MSWINDOWS.";
