import type { Elf, Segment } from "../../build/compile/elf.ts";

/** What an ELF file made for a test consists of. Sizes and offsets are in bytes. */
export interface ElfFile extends Omit<Elf, "sections" | "end"> {
  /** How many section headers stand at the end. */
  readonly sections: number;
  /** The length of the file without the section headers. */
  readonly size: number;
}

const LOAD = 1;
const GNU_STACK = 0x6474e551;
const READ_EXECUTE = 5;

/** A program as it should be: one read-only executable segment, a stack that is not executable. */
export function goodElf(changes: Partial<ElfFile> = {}): ElfFile {
  const size = 0x100;
  return {
    class: 64,
    endian: "little",
    type: 2,
    machine: 62,
    entry: 0x200100 - 0x20,
    segments: [goodLoad({ filesz: size, memsz: size }), stack()],
    sections: 0,
    size,
    ...changes,
  };
}

/** A segment that is loaded read-only and executable. */
export function goodLoad(changes: Partial<Segment> = {}): Segment {
  return {
    type: LOAD,
    flags: READ_EXECUTE,
    offset: 0,
    vaddr: 0x200000,
    filesz: 0x100,
    memsz: 0x100,
    align: 0x1000,
    ...changes,
  };
}

/** The entry that says whether the stack is executable. */
export function stack(flags = 6): Segment {
  return { type: GNU_STACK, flags, offset: 0, vaddr: 0, filesz: 0, memsz: 0, align: 0 };
}

/** The bytes of an ELF file; written by the tables of the gABI, apart from the reader's. */
export function elfBytes(file: ElfFile): Uint8Array<ArrayBuffer> {
  const wide = file.class === 64;
  const sectionSize = wide ? 64 : 40;
  const bytes = new Uint8Array(file.size + file.sections * sectionSize);
  const write = writer(bytes, wide, file.endian === "little");
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, file.endian === "little" ? 1 : 2, 1]);
  const header = wide ? 64 : 52;
  write(16, ["half", file.type], ["half", file.machine], ["word", 1]);
  write(24, ["address", file.entry], ["address", header]);
  write(wide ? 40 : 32, ["address", file.sections > 0 ? file.size : 0], ["word", 0]);
  write(wide ? 52 : 40, ["half", header], ["half", wide ? 56 : 32], ["half", file.segments.length]);
  write(wide ? 58 : 46, ["half", file.sections > 0 ? sectionSize : 0], [
    "half",
    file.sections,
  ], ["half", Math.max(file.sections - 1, 0)]);
  file.segments.forEach((segment, index) => {
    const { type, flags, offset, vaddr, filesz, memsz, align } = segment;
    const places = [offset, vaddr, vaddr, filesz, memsz].map((n) => ["address", n] as const);
    if (wide) {
      write(header + index * 56, ["word", type], ["word", flags], ...places, ["address", align]);
    } else {
      write(header + index * 32, ["word", type], ...places, ["word", flags], ["word", align]);
    }
  });
  return bytes;
}

type Value = readonly [width: "half" | "word" | "address", value: number];

function writer(bytes: Uint8Array<ArrayBuffer>, wide: boolean, little: boolean) {
  const view = new DataView(bytes.buffer);
  return (at: number, ...values: readonly Value[]): void => {
    for (const [width, value] of values) {
      if (width === "half") view.setUint16(at, value, little);
      else if (width === "word" || !wide) view.setUint32(at, value, little);
      else view.setBigUint64(at, BigInt(value), little);
      at += width === "half" ? 2 : width === "word" || !wide ? 4 : 8;
    }
  };
}
