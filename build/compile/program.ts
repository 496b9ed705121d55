import { PauseError, reason } from "../error.ts";
import { type Elf, ET_EXEC, readElf, type Segment, SEGMENT_FLAGS, SEGMENT_TYPES } from "./elf.ts";
import { type Check, type Finding as AnyFinding, findingsOf } from "./finding.ts";
import type { Target } from "./target.ts";

/** What a good program keeps to. Each has its line in {@link CHECKS}. */
export type ProgramRule =
  | "elf"
  | "class"
  | "endian"
  | "machine"
  | "type"
  | "entry"
  | "write-execute"
  | "writable"
  | "stack"
  | "interpreter"
  | "dynamic"
  | "sections"
  | "trailing"
  | "alignment"
  | "page"
  | "address";

/** One way in which a program is not as it should be. */
export type Finding = AnyFinding<ProgramRule>;

interface Program extends Elf {
  readonly loads: readonly Segment[];
  /** The length of the file in bytes. */
  readonly size: number;
}

/** The first 64 KiB belong to nobody: vm.mmap_min_addr of every distribution's kernel is at most this. */
const LOWEST_ADDRESS = 0x1_0000;

const has = (segment: Segment, flag: keyof typeof SEGMENT_FLAGS): boolean =>
  (segment.flags & SEGMENT_FLAGS[flag]) !== 0;

const holds = (program: Program, type: keyof typeof SEGMENT_TYPES): boolean =>
  program.segments.some((segment) => segment.type === SEGMENT_TYPES[type]);

const hex = (value: number): string => `0x${value.toString(16)}`;

const CHECKS: readonly Check<ProgramRule, Program, Target>[] = [
  [
    "class",
    (program, { elf }) =>
      program.class !== elf.class && `is a ${program.class}-bit program, not ${elf.class}-bit`,
  ],
  [
    "endian",
    (program, { elf }) =>
      program.endian !== elf.endian && `is ${program.endian}-endian, not ${elf.endian}-endian`,
  ],
  [
    "machine",
    (program, { elf }) =>
      program.machine !== elf.machine &&
      `is for machine ${program.machine} (e_machine), not ${elf.machine}`,
  ],
  [
    "type",
    ({ type }) => type !== ET_EXEC && `has the ELF type ${type}, not ${ET_EXEC} (fixed addresses)`,
  ],
  [
    "entry",
    ({ entry, loads }) =>
      !loads.some((load) => has(load, "execute") && isWithin(entry, load)) &&
      `starts at ${hex(entry)}, which is in no executable segment`,
  ],
  [
    "write-execute",
    ({ loads }) =>
      loads.some((load) => has(load, "write") && has(load, "execute")) &&
      "has a segment that is both writable and executable",
  ],
  [
    "writable",
    ({ loads }) =>
      loads.some((load) => has(load, "write") || load.memsz !== load.filesz) &&
      "has writable data",
  ],
  ["stack", ({ segments }) => stackFault(segments)],
  ["interpreter", (program) => holds(program, "interpreter") && "asks for an interpreter"],
  ["dynamic", (program) => holds(program, "dynamic") && "is linked dynamically"],
  [
    "sections",
    ({ sections }) =>
      (sections.offset !== 0 || sections.count !== 0) &&
      `still has a section header table (${sections.count} sections)`,
  ],
  [
    "trailing",
    ({ size, end }) => size > end && `has ${size - end} bytes after its last segment`,
  ],
  [
    "alignment",
    ({ loads }, { elf }) =>
      loads.some((load) => !isCongruent(load, load.align) || !isCongruent(load, elf.maxPageSize)) &&
      `has a segment whose address and file offset differ within a page of ${elf.maxPageSize} bytes`,
  ],
  ["page", ({ loads }, { elf }) => pageFault(loads, elf.maxPageSize)],
  [
    "address",
    ({ loads }, { elf }) =>
      loads.some((load) => pageOf(load.vaddr, elf.maxPageSize) < LOWEST_ADDRESS) &&
      `is loaded below ${hex(LOWEST_ADDRESS)}, where kernels let no program be`,
  ],
];

/**
 * Says in which ways a program is not the static, read-only program for `target` that it should be.
 *
 * @param bytes the whole file; any bytes are safe to give
 * @returns the findings in the order of the rules; none for a good program
 */
export function checkProgram(bytes: Uint8Array, target: Target): Finding[] {
  let elf: Elf;
  try {
    elf = readElf(bytes);
  } catch (error) {
    if (!(error instanceof PauseError)) throw error;
    return [{ rule: "elf", message: `cannot be read. ${reason(error)}` }];
  }
  const loads = elf.segments.filter((segment) => segment.type === SEGMENT_TYPES.load);
  return findingsOf(CHECKS, { ...elf, loads, size: bytes.length }, target);
}

function stackFault(segments: readonly Segment[]): string | undefined {
  const stack = segments.find((segment) => segment.type === SEGMENT_TYPES.gnuStack);
  // Without the entry, kernels of several architectures make the stack executable.
  if (!stack) return "does not say that its stack is not executable (PT_GNU_STACK)";
  return has(stack, "execute") ? "asks for an executable stack" : undefined;
}

function isWithin(address: number, { vaddr, filesz }: Segment): boolean {
  return address >= vaddr && address < vaddr + filesz;
}

/** The kernel maps whole pages of the file: a segment must begin at the same place in both. */
function isCongruent({ vaddr, offset }: Segment, align: number): boolean {
  if (align <= 1) return true;
  const isPowerOfTwo = Number.isInteger(Math.log2(align));
  return isPowerOfTwo && (vaddr - offset) % align === 0;
}

/**
 * A later segment takes over the pages that it shares with the one before, with its own rights.
 * The gABI wants them in ascending order, so no others can share one.
 */
function pageFault(loads: readonly Segment[], pageSize: number): string | undefined {
  for (const [index, later] of loads.entries()) {
    const earlier = loads[index - 1];
    if (!earlier) continue;
    if (later.vaddr < earlier.vaddr + earlier.memsz) return "has segments that are out of order";
    const isSameRest = later.vaddr - later.offset === earlier.vaddr - earlier.offset;
    const losesRights = (earlier.flags & ~later.flags) !== 0;
    if (sharesPage(earlier, later, pageSize) && (losesRights || !isSameRest)) {
      return `has two segments that cannot share a page of ${pageSize} bytes`;
    }
  }
  return undefined;
}

function sharesPage(earlier: Segment, later: Segment, pageSize: number): boolean {
  const last = earlier.vaddr + Math.max(earlier.memsz, 1) - 1;
  return pageOf(later.vaddr, pageSize) === pageOf(last, pageSize);
}

function pageOf(address: number, pageSize: number): number {
  return address - address % pageSize;
}
