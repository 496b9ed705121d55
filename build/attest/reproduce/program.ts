import { type Elf, readElf } from "../../compile/elf.ts";
import { readPe } from "../../compile/pe.ts";
import { type Difference, difference, mapDifferences } from "./difference.ts";

/** A part of a program's file, by the name that messages give it. Offsets and sizes are in bytes. */
interface Region {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  /** Where it is in memory. */
  readonly address: number;
}

/** What a program's headers say, as text, and where its parts are. */
interface Anatomy {
  readonly headers: Readonly<Record<string, string>>;
  readonly regions: readonly Region[];
}

/** Bytes that are told of one after the other: single ones tell nobody anything. */
const RUN_GAP = 4;

/**
 * Compares two programs: what their headers say, then the bytes, by the segment of ELF or the section
 * of PE that they are in. Files that are neither are compared by their bytes alone.
 */
export function* programDifferences(
  image: Uint8Array,
  rebuilt: Uint8Array,
): Generator<Difference> {
  const [ours, theirs] = [anatomyOf(rebuilt), anatomyOf(image)];
  yield* mapDifferences(
    { ...theirs.headers, size: `${image.length} bytes` },
    { ...ours.headers, size: `${rebuilt.length} bytes` },
  );
  for (const { start, end } of runsOf(image, rebuilt)) {
    yield difference(
      placeOf(theirs.regions, start),
      hexOf(image.subarray(start, end)),
      hexOf(rebuilt.subarray(start, end)),
    );
  }
}

function anatomyOf(bytes: Uint8Array): Anatomy {
  for (const read of [elfAnatomy, peAnatomy]) {
    try {
      return read(bytes);
    } catch {
      // It is another format, or damaged: then there are the bytes.
    }
  }
  return { headers: {}, regions: [] };
}

function elfAnatomy(bytes: Uint8Array): Anatomy {
  const elf = readElf(bytes);
  const { machine, entry, segments } = elf;
  const each = segments.flatMap((segment, index) =>
    Object.entries(segment).map(([key, value]) => [`segment ${index}.${key}`, hex(value)] as const)
  );
  return {
    headers: {
      format: `ELF${elf.class} ${elf.endian} endian`,
      machine: hex(machine),
      entry: hex(entry),
      ...Object.fromEntries(each),
    },
    regions: loaded(elf).map(({ at, segment: { offset, filesz, vaddr } }) => ({
      name: `segment ${at}`,
      offset,
      size: filesz,
      address: vaddr,
    })),
  };
}

function loaded({ segments }: Elf): { at: number; segment: Elf["segments"][number] }[] {
  return segments.map((segment, at) => ({ at, segment })).filter(({ segment }) =>
    segment.filesz > 0
  );
}

function peAnatomy(bytes: Uint8Array): Anatomy {
  const { machine, entry, timeStamp, sections } = readPe(bytes);
  const each = sections.flatMap(({ name, ...section }) =>
    Object.entries(section).map(([key, value]) => [`section ${name}.${key}`, hex(value)] as const)
  );
  return {
    headers: {
      format: "PE",
      machine: hex(machine),
      entry: hex(entry),
      timeStamp: hex(timeStamp),
      ...Object.fromEntries(each),
    },
    regions: sections.map(({ name, offset, filesz, address }) => ({
      name: `section ${name}`,
      offset,
      size: filesz,
      address,
    })),
  };
}

interface Run {
  readonly start: number;
  readonly end: number;
}

/** The stretches in which bytes are not the same, to the end of the longer one. */
function* runsOf(one: Uint8Array, other: Uint8Array): Generator<Run> {
  const length = Math.max(one.length, other.length);
  let [start, last] = [-1, -1];
  for (let at = 0; at < length; at++) {
    if (one[at] === other[at]) continue;
    if (start >= 0 && at - last > RUN_GAP) {
      yield { start, end: last + 1 };
      start = -1;
    }
    if (start < 0) start = at;
    last = at;
  }
  if (start >= 0) yield { start, end: last + 1 };
}

function placeOf(regions: readonly Region[], offset: number): string {
  const region = regions.find((one) => offset >= one.offset && offset < one.offset + one.size);
  const place = `offset ${hex(offset)}`;
  if (region === undefined) return place;
  return `${region.name}, ${place}, address ${hex(region.address + offset - region.offset)}`;
}

/** Bytes of a stretch that are shown. */
const SHOWN = 16;

function hexOf(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, SHOWN), (byte) => byte.toString(16).padStart(2, "0"));
  const more = bytes.length > SHOWN ? ` … (${bytes.length} bytes)` : "";
  return shown.join(" ") + more;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
