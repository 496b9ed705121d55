import { PauseError } from "../error.ts";

/** The bits of a section's Characteristics. */
export const SECTION_FLAGS = {
  execute: 0x2000_0000,
  read: 0x4000_0000,
  write: 0x8000_0000,
} as const;

/** One entry of the section table. Addresses are relative to the image, sizes are in bytes. */
export interface Section {
  readonly name: string;
  readonly address: number;
  /** In memory. */
  readonly memsz: number;
  readonly offset: number;
  /** In the file. */
  readonly filesz: number;
  readonly flags: number;
}

/** A library and what is imported of it: names, or `#7` for what has only a number. */
export interface Import {
  readonly library: string;
  readonly functions: readonly string[];
}

/** What a PE file, a program for Windows, says of itself. */
export interface Pe {
  readonly class: 32 | 64;
  readonly machine: number;
  /** Seconds since 1970, or a hash. */
  readonly timeStamp: number;
  /** Characteristics of the file header. */
  readonly characteristics: number;
  readonly entry: number;
  readonly subsystem: number;
  readonly dllCharacteristics: number;
  readonly sections: readonly Section[];
  /** Which data directories are not empty, by their numbers. */
  readonly directories: readonly number[];
  readonly imports: readonly Import[];
  /** The file offset after the last byte that a header or a section claims. */
  readonly end: number;
}

/** Windows refuses a file with more. */
const MOST_SECTIONS = 96;
/** No program has so many; a file that says so would keep us busy. */
const MOST_IMPORTS = 10_000;
/** Characters of a name. */
const LONGEST_NAME = 255;

const FILE_HEADER_SIZE = 20;
const SECTION_SIZE = 40;
const IMPORT_SIZE = 20;
const IMPORT_DIRECTORY = 1;

/** What depends on the class: where the directories are counted, and how wide an address is. */
const LAYOUTS: Readonly<Record<number, { class: 32 | 64; directories: number; thunk: 4 | 8 }>> = {
  0x10b: { class: 32, directories: 92, thunk: 4 },
  0x20b: { class: 64, directories: 108, thunk: 8 },
};

/**
 * Reads the headers, sections and imports of a PE file. Any bytes are safe to give: nothing is
 * believed before it was held against the length of the file.
 *
 * @throws PauseError `verification` when it is no PE file, or something in it leaves the file
 * @see https://learn.microsoft.com/windows/win32/debug/pe-format
 */
export function readPe(bytes: Uint8Array): Pe {
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (half(file, 0) !== 0x5a4d) throw broken("it does not begin as one");
  const signature = word(file, 0x3c);
  if (word(file, signature) !== 0x4550) throw broken("it is a program for DOS alone");
  const header = signature + 4;
  const optional = header + FILE_HEADER_SIZE;
  const layout = LAYOUTS[half(file, optional)];
  if (layout === undefined) throw broken(`its optional header is of kind ${half(file, optional)}`);
  const sections = readSections(file, optional + half(file, header + 16), half(file, header + 2));
  const directories = readDirectories(file, optional + layout.directories);
  const imports = directories.find(({ number }) => number === IMPORT_DIRECTORY);
  return {
    class: layout.class,
    machine: half(file, header),
    timeStamp: word(file, header + 4),
    characteristics: half(file, header + 18),
    entry: word(file, optional + 16),
    subsystem: half(file, optional + 68),
    dllCharacteristics: half(file, optional + 70),
    sections,
    directories: directories.map(({ number }) => number),
    imports: imports ? readImports(file, sections, imports.address, layout.thunk) : [],
    end: sections.reduce(
      (end, { offset, filesz }) => Math.max(end, offset + filesz),
      word(file, optional + 60),
    ),
  };
}

function readSections(file: DataView, table: number, count: number): Section[] {
  if (count > MOST_SECTIONS) throw broken(`it has ${count} sections`);
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * SECTION_SIZE;
    const [filesz, offset] = [word(file, at + 16), word(file, at + 20)];
    if (filesz > 0 && offset + filesz > file.byteLength) {
      throw broken(`section ${index} leaves the file`);
    }
    return {
      name: text(file, at, at + 8),
      memsz: word(file, at + 8),
      address: word(file, at + 12),
      filesz,
      offset: filesz > 0 ? offset : 0,
      flags: word(file, at + 36),
    };
  });
}

function readDirectories(file: DataView, at: number): { number: number; address: number }[] {
  const count = Math.min(word(file, at), 16);
  return Array.from({ length: count }, (_, number) => ({
    number,
    address: word(file, at + 4 + number * 8),
    size: word(file, at + 8 + number * 8),
  })).filter(({ address, size }) => address !== 0 || size !== 0);
}

/** One descriptor for each library, until one without a name. */
function readImports(
  file: DataView,
  sections: readonly Section[],
  table: number,
  thunk: 4 | 8,
): Import[] {
  const imports: Import[] = [];
  let count = 0;
  for (let address = table;; address += IMPORT_SIZE) {
    const at = place(sections, address);
    const name = word(file, at + 12);
    if (name === 0) return imports;
    if (count > MOST_IMPORTS) throw tooMany();
    // Without a lookup table, the addresses to fill in say what belongs there.
    const lookup = word(file, at) || word(file, at + 16);
    const functions = readLookup(file, sections, lookup, thunk, MOST_IMPORTS - count);
    imports.push({ library: textAt(file, sections, name), functions });
    count += functions.length + 1;
  }
}

function readLookup(
  file: DataView,
  sections: readonly Section[],
  table: number,
  thunk: 4 | 8,
  most: number,
): string[] {
  const functions: string[] = [];
  for (let address = table;; address += thunk) {
    const at = place(sections, address);
    const [low, high] = [word(file, at), word(file, at + thunk - 4)];
    if (low === 0 && high === 0) return functions;
    if (functions.length >= most) throw tooMany();
    const byNumber = high >= 0x8000_0000;
    // Two bytes before the name guess its place in the library.
    functions.push(byNumber ? `#${low & 0xffff}` : textAt(file, sections, low + 2));
  }
}

/** The file offset of an address. */
function place(sections: readonly Section[], address: number): number {
  const section = sections.find(({ address: start, filesz }) =>
    address >= start && address < start + filesz
  );
  if (section) return address - section.address + section.offset;
  throw broken(`it names the address 0x${address.toString(16)}, which is in no section`);
}

function textAt(file: DataView, sections: readonly Section[], address: number): string {
  const at = place(sections, address);
  return text(file, at, at + LONGEST_NAME);
}

/** Bytes as characters, up to a zero. */
function text(file: DataView, from: number, to: number): string {
  let found = "";
  for (let at = from; at < to && byte(file, at) !== 0; at++) {
    found += String.fromCharCode(byte(file, at));
  }
  return found;
}

function byte(file: DataView, at: number): number {
  return inside(file, at, 1) && file.getUint8(at);
}

function half(file: DataView, at: number): number {
  return inside(file, at, 2) && file.getUint16(at, true);
}

function word(file: DataView, at: number): number {
  return inside(file, at, 4) && file.getUint32(at, true);
}

/** @returns `size` @throws PauseError `verification` when it is not all in the file */
function inside(file: DataView, at: number, size: number): number {
  if (at + size <= file.byteLength) return size;
  throw broken("it ends too soon");
}

function tooMany(): PauseError {
  return broken(`it imports more than ${MOST_IMPORTS} functions`);
}

function broken(found: string): PauseError {
  return new PauseError(
    "verification",
    `Cannot read the program as a PE file: ${found}. Build it again.`,
  );
}
