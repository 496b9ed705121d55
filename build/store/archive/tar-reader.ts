import { type FileHandle, open } from "node:fs/promises";
import { PauseError } from "../../error.ts";
import { storageError } from "../../host/files.ts";

/** Where the content of a file lies in a tar. */
export interface Extent {
  /** Bytes from the beginning of the tar. */
  readonly start: number;
  /** Bytes. */
  readonly size: number;
}

const BLOCK = 512;

/** The longest name or pax header that is read, in bytes. Real ones are some hundred long. */
const NAME_LIMIT = 64 * 1024;

/** An archive of more entries is refused: each takes a request to the disk. */
const ENTRY_LIMIT = 1_000_000;

/**
 * Finds the files in a tar without reading their content. Links, folders and devices are passed
 * over: nothing is unpacked, so no name can lead outside.
 *
 * @param wanted whether a file of that name is to be remembered
 * @returns the files by name, without a leading `./`; of two of one name the later one
 * @throws PauseError `verification` when it is no tar, damaged or cut off; `storage` when it cannot
 * be read
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
export async function indexTar(
  file: string,
  wanted: (name: string) => boolean,
): Promise<Map<string, Extent>> {
  try {
    const handle = await open(file, "r");
    try {
      return await filesIn({ file, handle, total: (await handle.stat()).size }, wanted);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw storageError("read", file, error);
  }
}

/** A tar that is being read. */
interface Tar {
  readonly file: string;
  readonly handle: FileHandle;
  /** Bytes. */
  readonly total: number;
}

async function filesIn(tar: Tar, wanted: (name: string) => boolean): Promise<Map<string, Extent>> {
  const found = new Map<string, Extent>();
  let at = 0;
  for (let count = 0; count < ENTRY_LIMIT; count++) {
    const entry = await readEntry(tar, at);
    if (entry === undefined) return found;
    const name = entry.name.replace(/^(\.\/)+/, "");
    if (entry.isFile && wanted(name)) found.set(name, { start: entry.start, size: entry.size });
    at = entry.next;
  }
  throw damaged(tar, at, `it has more than ${ENTRY_LIMIT} entries`);
}

interface Entry extends Extent {
  readonly name: string;
  readonly isFile: boolean;
  /** Where the next entry begins. */
  readonly next: number;
}

/** What pax and GNU headers say about the entry after them. */
interface Extension {
  readonly name?: string;
  readonly size?: number;
}

/** The entry at `at`; undefined at the end of the archive. */
async function readEntry(tar: Tar, at: number): Promise<Entry | undefined> {
  let extension: Extension = {};
  for (let position = at;;) {
    const header = await readHeader(tar, position);
    if (header === undefined) return undefined;
    const extend = EXTENSIONS[header.type];
    const size = extend ? header.size : extension.size ?? header.size;
    const extent = extentOf(tar, position, BODILESS.has(header.type) ? 0 : size);
    if (extend === undefined) {
      const { name = header.name } = extension;
      return { name, isFile: FILE_TYPES.has(header.type), ...extent };
    }
    if (size > NAME_LIMIT) throw damaged(tar, position, `it has a header of ${size} bytes`);
    extension = { ...extension, ...extend(await readAt(tar, extent.start, size)) };
    position = extent.next;
  }
}

/** Where the content after a header lies, and the next header. */
function extentOf(tar: Tar, header: number, size: number): Extent & { readonly next: number } {
  const start = header + BLOCK;
  if (!Number.isSafeInteger(size) || size < 0) throw damaged(tar, header, "a size is no size");
  if (start + size > tar.total) throw damaged(tar, header, "it is cut off");
  return { start, size, next: start + Math.ceil(size / BLOCK) * BLOCK };
}

/** Links, devices, folders and pipes: no content follows, whatever size they say they have. */
const BODILESS: ReadonlySet<string> = new Set(["1", "2", "3", "4", "5", "6"]);

/** Regular files: POSIX's, the old tar's, and contiguous ones. */
const FILE_TYPES: ReadonlySet<string> = new Set(["0", "\0", "7"]);

/** The entries that only tell about the next one. What `g` tells about all others is of no use here. */
const EXTENSIONS: Readonly<Record<string, (bytes: Uint8Array) => Extension>> = {
  x: readPax,
  g: () => ({}),
  L: (bytes) => ({ name: textOf(bytes) }),
  K: () => ({}),
};

/** The records `LENGTH KEY=VALUE\n` of a pax header. */
function readPax(bytes: Uint8Array): Extension {
  const extension: { name?: string; size?: number } = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(textOf(bytes.subarray(at, Math.max(at, space))));
    if (!Number.isSafeInteger(length) || length <= 0) break;
    const [, key, value = ""] = /^(\w+)=(.*)$/s
      .exec(textOf(bytes.subarray(space + 1, at + length - 1))) ?? [];
    if (key === "path") extension.name = value;
    if (key === "size") extension.size = Number(value);
    at += length;
  }
  return extension;
}

interface Header {
  readonly name: string;
  readonly size: number;
  readonly type: string;
}

async function readHeader(tar: Tar, at: number): Promise<Header | undefined> {
  const block = await readAt(tar, at, BLOCK);
  if (block.length < BLOCK) throw damaged(tar, at, "it is cut off");
  if (block.every((byte) => byte === 0)) return undefined;
  if (number(block, 148, 8) !== checksum(block)) {
    throw damaged(tar, at, at > 0 ? "a header is damaged" : noTar(block));
  }
  // GNU's own format says "ustar " and has other fields where the prefix is.
  const isUstar = textOf(block.subarray(257, 263)) === "ustar";
  const prefix = isUstar ? textOf(block.subarray(345, 500)) : "";
  const name = textOf(block.subarray(0, 100));
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    size: number(block, 124, 12),
    type: String.fromCharCode(block[156] ?? 0),
  };
}

function noTar(block: Uint8Array): string {
  const isGzip = block[0] === 0x1f && block[1] === 0x8b;
  return isGzip ? "it is compressed; run gunzip on it first" : "it is no tar";
}

async function readAt({ handle }: Tar, at: number, length: number): Promise<Uint8Array> {
  const { bytesRead, buffer } = await handle.read(new Uint8Array(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}

/** The sum of a header's bytes, its own field counted as spaces. */
function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

/** A field in octal or, with the first bit set, GNU's base 256. NaN when it is neither. */
function number(block: Uint8Array, at: number, length: number): number {
  const field = block.subarray(at, at + length);
  const [first = 0, ...rest] = field;
  if (first & 0x80) return rest.reduce((value, byte) => value * 256 + byte, first & 0x7f);
  const digits = textOf(field).trim();
  return /^[0-7]*$/.test(digits) ? parseInt(digits || "0", 8) : NaN;
}

/** The text up to the first NUL. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function damaged({ file }: Tar, at: number, found: string): PauseError {
  return new PauseError(
    "verification",
    `Cannot read the archive ${file}: ${found} (at byte ${at}). Make or fetch it anew.`,
  );
}
