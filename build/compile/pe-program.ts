import { PauseError, reason } from "../error.ts";
import { type Check, type Finding, findingsOf } from "./finding.ts";
import { type Import, type Pe, readPe, type Section, SECTION_FLAGS } from "./pe.ts";

/** What a good program for Windows keeps to. Each has its line in {@link CHECKS}. */
export type PeRule =
  | "pe"
  | "machine"
  | "kind"
  | "subsystem"
  | "time-stamp"
  | "protection"
  | "entry"
  | "write-execute"
  | "imports"
  | "directories"
  | "trailing";

/** What a program for Windows is to be. */
export interface WantedPe {
  /** IMAGE_FILE_MACHINE_*. */
  readonly machine: number;
  /** The libraries, and of each the functions; neither more nor fewer, in any order. */
  readonly imports: readonly Import[];
}

interface Program extends Pe {
  /** The length of the file in bytes. */
  readonly size: number;
}

/** The console's, whose events pause waits for. */
const SUBSYSTEM_CONSOLE = 3;

/** Bits of the file header's Characteristics. */
const FILE = { fixed: 0x1, executable: 0x2, largeAddresses: 0x20, library: 0x2000 } as const;

/** What DllCharacteristics must say, so that Windows puts the image anywhere and runs no data. */
const PROTECTIONS = {
  HIGH_ENTROPY_VA: 0x20,
  DYNAMIC_BASE: 0x40,
  NX_COMPAT: 0x100,
} as const;

/** The data directories of a program that imports functions, by their numbers. */
const DIRECTORIES = [
  ...["export", "import", "resource", "exception", "certificate", "relocation", "debug"],
  ...["architecture", "global pointer", "TLS", "load configuration", "bound import"],
  ...["import address", "delayed import", "CLR", "reserved"],
] as const;
const ALLOWED: readonly string[] = ["import", "exception", "relocation", "import address"];

const has = (section: Section, flag: keyof typeof SECTION_FLAGS): boolean =>
  (section.flags & SECTION_FLAGS[flag]) !== 0;

const hex = (value: number): string => `0x${value.toString(16)}`;

const CHECKS: readonly Check<PeRule, Program, WantedPe>[] = [
  [
    "machine",
    (program, { machine }) =>
      program.machine !== machine && `is for machine ${hex(program.machine)}, not ${hex(machine)}`,
  ],
  ["kind", ({ characteristics }) => kindFault(characteristics)],
  [
    "subsystem",
    ({ subsystem }) =>
      subsystem !== SUBSYSTEM_CONSOLE &&
      `is for subsystem ${subsystem}, not ${SUBSYSTEM_CONSOLE} (console)`,
  ],
  [
    "time-stamp",
    ({ timeStamp }) => timeStamp !== 0 && `has the time stamp ${timeStamp}, not 0`,
  ],
  ["protection", (program) => protectionFault(program)],
  [
    "entry",
    ({ entry, sections }) =>
      !sections.some((section) => has(section, "execute") && isWithin(entry, section)) &&
      `starts at ${hex(entry)}, which is in no executable section`,
  ],
  [
    "write-execute",
    ({ sections }) =>
      sections.some((section) => has(section, "write") && has(section, "execute")) &&
      "has a section that is both writable and executable",
  ],
  ["imports", (program, { imports }) => importFault(program.imports, imports)],
  ["directories", ({ directories }) => directoryFault(directories)],
  ["trailing", ({ size, end }) => size > end && `has ${size - end} bytes after its last section`],
];

/**
 * Says in which ways a program for Windows is not as it should be.
 *
 * @param bytes the whole file; any bytes are safe to give
 * @returns the findings in the order of the rules; none for a good program
 */
export function checkPeProgram(bytes: Uint8Array, wanted: WantedPe): Finding<PeRule>[] {
  try {
    return findingsOf(CHECKS, { ...readPe(bytes), size: bytes.length }, wanted);
  } catch (error) {
    if (!(error instanceof PauseError)) throw error;
    return [{ rule: "pe", message: `cannot be read. ${reason(error)}` }];
  }
}

function kindFault(characteristics: number): string | undefined {
  const is = (kind: keyof typeof FILE): boolean => (characteristics & FILE[kind]) !== 0;
  if (is("library")) return "is a library";
  return is("executable") ? undefined : "is not marked as executable";
}

function protectionFault(program: Program): string | undefined {
  const missing = Object.entries(PROTECTIONS)
    .filter(([, flag]) => (program.dllCharacteristics & flag) === 0)
    .map(([name]) => name);
  if (missing.length > 0) return `does not ask for ${missing.join(", ")}`;
  // With either of these, it does so in vain.
  if ((program.characteristics & FILE.fixed) !== 0) return "cannot be moved from its address";
  const isLarge = (program.characteristics & FILE.largeAddresses) !== 0;
  return isLarge ? undefined : "cannot be put beyond 2 GiB";
}

function isWithin(address: number, { address: start, filesz, memsz }: Section): boolean {
  return address >= start && address < start + Math.min(filesz, memsz);
}

function importFault(found: readonly Import[], wanted: readonly Import[]): string | undefined {
  const [ours, theirs] = [namesOf(wanted), namesOf(found)];
  const more = theirs.filter((name) => !ours.includes(name));
  const fewer = ours.filter((name) => !theirs.includes(name));
  const faults = [
    ...more.map((name) => `imports ${name}, which is not declared`),
    ...fewer.map((name) => `does not import ${name}, which is declared`),
  ];
  return faults.length > 0 ? faults.join(" and ") : undefined;
}

/** Windows does not care how a library's name is spelled, and very much how a function's is. */
function namesOf(imports: readonly Import[]): string[] {
  return imports.flatMap(({ library, functions }) =>
    functions.map((name) => `${library.toLowerCase()}!${name}`)
  );
}

function directoryFault(directories: readonly number[]): string | undefined {
  const others = directories.map((number) => DIRECTORIES[number] ?? `${number}`)
    .filter((name) => !ALLOWED.includes(name));
  return others.length > 0 ? `has directories of ${others.join(", ")}` : undefined;
}
