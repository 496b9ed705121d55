import type { Import, Pe, Section } from "../../build/compile/pe.ts";

/** What a PE file made for a test consists of. Sizes and offsets are in bytes. */
export interface PeFile extends Omit<Pe, "end" | "directories"> {
  /** Data directories beside that of the imports, by their numbers. */
  readonly directories: readonly number[];
  /** The length of the file. */
  readonly size: number;
}

const READ_EXECUTE = 0x6000_0020;
const READ = 0x4000_0040;

/** Where the imports are: the address and the file offset of the second section. */
const RDATA = { address: 0x2000, offset: 0x400 } as const;

export const KERNEL32: Import = { library: "kernel32.dll", functions: ["ExitProcess", "Sleep"] };

/** A program as it should be: code that is not written to, and imports that are not executed. */
export function goodPe(changes: Partial<PeFile> = {}): PeFile {
  return {
    class: 64,
    machine: 0x8664,
    timeStamp: 0,
    characteristics: 0x22,
    entry: 0x1000,
    subsystem: 3,
    dllCharacteristics: 0x8160,
    sections: [textSection(), dataSection()],
    directories: [],
    imports: [KERNEL32],
    size: 0x800,
    ...changes,
  };
}

/** The section with the code. */
export function textSection(changes: Partial<Section> = {}): Section {
  const place = { address: 0x1000, memsz: 0x180, offset: 0x200, filesz: 0x200 };
  return { name: ".text", ...place, flags: READ_EXECUTE, ...changes };
}

/** The section with the imports. */
export function dataSection(changes: Partial<Section> = {}): Section {
  return { name: ".rdata", ...RDATA, memsz: 0x400, filesz: 0x400, flags: READ, ...changes };
}

/** The bytes of a PE file; written by the tables of Microsoft's format, apart from the reader's. */
export function peBytes(file: PeFile): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(file.size);
  const write = writer(bytes);
  const wide = file.class === 64;
  const optional = 0x58;
  const directories = optional + (wide ? 112 : 96);
  const table = directories + 16 * 8;
  write(0, [2, 0x5a4d]);
  write(0x3c, [4, 0x40]);
  write(0x40, [4, 0x4550], [2, file.machine], [2, file.sections.length], [4, file.timeStamp]);
  write(0x54, [2, table - optional], [2, file.characteristics]);
  write(optional, [2, wide ? 0x20b : 0x10b]);
  write(optional + 16, [4, file.entry]);
  write(optional + 60, [4, 0x200], [4, 0], [2, file.subsystem], [2, file.dllCharacteristics]);
  write(directories - 4, [4, 16]);
  if (file.imports.length > 0) {
    write(directories + 8, [4, RDATA.address], [4, writeImports(bytes, file.imports, wide)]);
  }
  for (const number of file.directories) write(directories + number * 8, [4, 0x1000], [4, 8]);
  file.sections.forEach(({ name, memsz, address, filesz, offset, flags }, index) => {
    const at = table + index * 40;
    bytes.set(new TextEncoder().encode(name), at);
    write(at + 8, [4, memsz], [4, address], [4, filesz], [4, offset]);
    write(at + 36, [4, flags]);
  });
  return bytes;
}

/** Descriptors, lookup tables and names, one after the other. Returns the size of the descriptors. */
function writeImports(
  bytes: Uint8Array<ArrayBuffer>,
  imports: readonly Import[],
  wide: boolean,
): number {
  const write = writer(bytes);
  const size = (imports.length + 1) * 20;
  let free = RDATA.offset + size;
  const take = (length: number): number => (free += length) - length;
  const address = (offset: number): number => offset - RDATA.offset + RDATA.address;
  const name = (text: string, hint: number): number => {
    const at = take(hint + text.length + 1);
    bytes.set(new TextEncoder().encode(text), at + hint);
    return address(at);
  };
  imports.forEach(({ library, functions }, index) => {
    const width = wide ? 8 : 4;
    const lookup = take((functions.length + 1) * width);
    functions.forEach((text, position) => {
      const at = lookup + position * width;
      if (!text.startsWith("#")) return write(at, [4, name(text, 2)]);
      write(at, [2, Number(text.slice(1))]);
      write(at + width - 2, [2, 0x8000]);
    });
    const descriptor = RDATA.offset + index * 20;
    write(descriptor, [4, address(lookup)]);
    write(descriptor + 12, [4, name(library, 0)], [4, address(lookup)]);
  });
  return size;
}

function writer(bytes: Uint8Array<ArrayBuffer>) {
  const view = new DataView(bytes.buffer);
  return (at: number, ...values: readonly (readonly [width: 2 | 4, value: number])[]): void => {
    for (const [width, value] of values) {
      if (width === 2) view.setUint16(at, value, true);
      else view.setUint32(at, value, true);
      at += width;
    }
  };
}
