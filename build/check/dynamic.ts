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
  return elf.segments.filter(({ type }) => type === SEGMENT_TYPES.dynamic)
    .some(({ offset, filesz }) =>
      tags(program.subarray(offset, offset + filesz), elf)
        .includes(DT.needed)
    );
}

function tags(table: Uint8Array, { class: width, endian }: Elf): number[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const little = endian === "little";
  const size = width / 4;
  const found: number[] = [];
  for (let at = 0; at + size <= table.length; at += size) {
    const tag = width === 64 ? Number(view.getBigInt64(at, little)) : view.getInt32(at, little);
    if (tag === DT.null) break;
    found.push(tag);
  }
  return found;
}
