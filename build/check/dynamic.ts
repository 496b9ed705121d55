import { type Elf, readElf, SEGMENT_TYPES } from "../compile/elf.ts";

/** d_tag of a shared library that is needed; DT_NULL ends the table. */
const DT = { null: 0, needed: 1 } as const;

/**
 * Whether the program's dynamic section asks for a shared library. That of a static PIE does not.
 * @throws PauseError `verification` when it is no ELF file
 * @see https://gabi.xinuos.com/elf/08-dynamic.html
 */
export function dynamicNeeds(program: Uint8Array): boolean {
  const elf = readElf(program);
  // There is one at most, and the linker reads the first. A file can name one place very often.
  const dynamic = elf.segments.find(({ type }) => type === SEGMENT_TYPES.dynamic);
  if (dynamic === undefined) return false;
  const { offset, filesz } = dynamic;
  return tags(program.subarray(offset, offset + filesz), elf).includes(DT.needed);
}

/** Real tables have some twenty. */
const TAG_LIMIT = 4096;

function tags(table: Uint8Array, { class: width, endian }: Elf): number[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const little = endian === "little";
  const size = width / 4;
  const found: number[] = [];
  for (let at = 0; at + size <= table.length && found.length < TAG_LIMIT; at += size) {
    const tag = width === 64 ? Number(view.getBigInt64(at, little)) : view.getInt32(at, little);
    if (tag === DT.null) break;
    found.push(tag);
  }
  return found;
}
