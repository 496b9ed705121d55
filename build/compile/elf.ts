import { PauseError } from "../error.ts";

/** e_type of a program with fixed addresses. */
export const ET_EXEC = 2;

/** The values of p_type that this software asks for. */
export const SEGMENT_TYPES = {
  load: 1,
  dynamic: 2,
  interpreter: 3,
  gnuStack: 0x6474e551,
} as const;

/** The bits of p_flags. */
export const SEGMENT_FLAGS = { execute: 1, write: 2, read: 4 } as const;

/** One entry of the program header table. Offsets and sizes are in bytes. */
export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly filesz: number;
  readonly memsz: number;
  readonly align: number;
}

/** What an ELF file says of itself. */
export interface Elf {
  readonly class: 32 | 64;
  readonly endian: "little" | "big";
  readonly type: number;
  readonly machine: number;
  readonly entry: number;
  readonly segments: readonly Segment[];
  /** The section header table: its offset in bytes, 0 when there is none, and its e_shnum. */
  readonly sections: { readonly offset: number; readonly count: number };
  /** The file offset after the last byte that a header or a segment claims. */
  readonly end: number;
}

type Width = "half" | "word" | "native";

/** Where a field stands in its structure: offset in a 32-bit file, in a 64-bit file, and its width. */
type Field = readonly [at32: number, at64: number, width: Width];

const HEADER = {
  type: [16, 16, "half"],
  machine: [18, 18, "half"],
  entry: [24, 24, "native"],
  phoff: [28, 32, "native"],
  shoff: [32, 40, "native"],
  phentsize: [42, 54, "half"],
  phnum: [44, 56, "half"],
  shentsize: [46, 58, "half"],
  shnum: [48, 60, "half"],
  shstrndx: [50, 62, "half"],
} as const satisfies Record<string, Field>;

const SEGMENT = {
  type: [0, 0, "word"],
  flags: [24, 4, "word"],
  offset: [4, 8, "native"],
  vaddr: [8, 16, "native"],
  filesz: [16, 32, "native"],
  memsz: [20, 40, "native"],
  align: [28, 48, "native"],
} as const satisfies Record<keyof Segment, Field>;

const HEADER_SIZE = { 32: 52, 64: 64 } as const;
const SEGMENT_SIZE = { 32: 32, 64: 56 } as const;

const CLASSES: Readonly<Record<number, 32 | 64>> = { 1: 32, 2: 64 };
const ENDIANS: Readonly<Record<number, "little" | "big">> = { 1: "little", 2: "big" };

/** A file with the two facts that every further access depends on. */
interface Layout {
  readonly view: DataView;
  readonly class: 32 | 64;
  readonly endian: "little" | "big";
}

/**
 * Reads the headers of an ELF file of either class and byte order. Any bytes are safe to give:
 * nothing is believed before it was held against the length of the file.
 *
 * @throws PauseError `verification` when it is no ELF file or a header or segment leaves the file
 * @see https://gabi.xinuos.com/elf/02-eheader.html
 * @see https://gabi.xinuos.com/elf/07-pheader.html
 */
export function readElf(bytes: Uint8Array): Elf {
  const layout = layoutOf(bytes);
  const segments = readSegments(layout, bytes.length);
  const table = field(layout, 0, HEADER.phoff) + segments.length * SEGMENT_SIZE[layout.class];
  return {
    class: layout.class,
    endian: layout.endian,
    type: field(layout, 0, HEADER.type),
    machine: field(layout, 0, HEADER.machine),
    entry: field(layout, 0, HEADER.entry),
    segments,
    sections: {
      offset: field(layout, 0, HEADER.shoff),
      count: field(layout, 0, HEADER.shnum),
    },
    end: segments.reduce(
      (end, { offset, filesz }) => Math.max(end, offset + filesz),
      segments.length > 0 ? table : HEADER_SIZE[layout.class],
    ),
  };
}

/**
 * Takes the section header table and all that stands after the last segment off a program. No
 * kernel reads them. lld before 20 cannot leave them out itself.
 *
 * @returns new bytes; those given stay as they are
 * @throws PauseError `verification`, as {@link readElf} does
 */
export function stripSections(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const stripped = new Uint8Array(bytes.subarray(0, readElf(bytes).end));
  const layout = layoutOf(stripped);
  for (const name of ["shoff", "shentsize", "shnum", "shstrndx"] as const) {
    const [at32, at64, width] = HEADER[name];
    const at = layout.class === 64 ? at64 : at32;
    stripped.fill(0, at, at + sizeOf(width, layout.class));
  }
  return stripped;
}

function layoutOf(bytes: Uint8Array): Layout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = [0x7f, 0x45, 0x4c, 0x46];
  if (!magic.every((byte, at) => bytes[at] === byte)) throw broken("it does not begin as one");
  const wide = CLASSES[bytes[4] ?? 0];
  const endian = ENDIANS[bytes[5] ?? 0];
  if (!wide || !endian) throw broken(`its class is ${bytes[4]} and its byte order ${bytes[5]}`);
  if (bytes.length < HEADER_SIZE[wide]) throw broken(`it ends within its header`);
  return { view, class: wide, endian };
}

function readSegments(layout: Layout, length: number): Segment[] {
  const count = field(layout, 0, HEADER.phnum);
  if (count === 0) return [];
  const size = field(layout, 0, HEADER.phentsize);
  const wanted = SEGMENT_SIZE[layout.class];
  if (size !== wanted) throw broken(`a program header has ${size} bytes, not ${wanted}`);
  const table = field(layout, 0, HEADER.phoff);
  if (table + count * size > length) throw broken(`its ${count} program headers leave the file`);
  return Array.from({ length: count }, (_, index) => {
    const segment = readSegment(layout, table + index * size);
    if (segment.offset + segment.filesz > length) throw broken(`segment ${index} leaves the file`);
    return segment;
  });
}

function readSegment(layout: Layout, at: number): Segment {
  return {
    type: field(layout, at, SEGMENT.type),
    flags: field(layout, at, SEGMENT.flags),
    offset: field(layout, at, SEGMENT.offset),
    vaddr: field(layout, at, SEGMENT.vaddr),
    filesz: field(layout, at, SEGMENT.filesz),
    memsz: field(layout, at, SEGMENT.memsz),
    align: field(layout, at, SEGMENT.align),
  };
}

function sizeOf(width: Width, wide: 32 | 64): number {
  return { half: 2, word: 4, native: wide / 8 }[width];
}

/** The caller has made sure that the structure at `base` lies within the file. */
function field(layout: Layout, base: number, [at32, at64, width]: Field): number {
  const { view } = layout;
  const little = layout.endian === "little";
  const at = base + (layout.class === 64 ? at64 : at32);
  const size = sizeOf(width, layout.class);
  if (size === 2) return view.getUint16(at, little);
  if (size === 4) return view.getUint32(at, little);
  const value = view.getBigUint64(at, little);
  // Sums of two such numbers are still compared exactly enough: both are held against the file.
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw broken(`it names the address or size 0x${value.toString(16)}, which no program has`);
  }
  return Number(value);
}

function broken(found: string): PauseError {
  return new PauseError(
    "verification",
    `Cannot read the program as an ELF file: ${found}. Build it again.`,
  );
}
