import { PauseError, reason } from "../error.ts";
import { readElf } from "../compile/elf.ts";
import { readPe } from "../compile/pe.ts";
import { checkPeProgram } from "../compile/pe-program.ts";
import { checkProgram } from "../compile/program.ts";
import { findTarget } from "../compile/targets.ts";
import { WINDOWS_IMPORTS } from "../compile/windows-imports.ts";
import type { Platform } from "../oci/platform.ts";
import type { FactName, Facts, Gathered } from "./row.ts";

/** The facts in the order in which they are found: each rests on those before. */
const ORDER: readonly FactName[] = [
  "documents",
  "manifest",
  "config",
  "layerSizes",
  "layerFormats",
  "diffIds",
  "windowsShape",
  "windowsRecords",
  "files",
  "wincat",
  "diagtrack",
  "entry",
  "entryFile",
  "program",
  "elf",
  "findings",
  "pe",
  "peFindings",
];

/** Facts while they are being gathered. */
export interface Gathering extends Gathered {
  readonly known: { -readonly [Name in FactName]?: Facts[Name] };
  readonly unknown: Partial<Record<FactName, string>>;
}

export function gathering(): Gathering {
  return { known: {}, unknown: {} };
}

/** Gives up finding `from` and all that rests on it. */
export function giveUp(
  { known, unknown }: Gathering,
  from: FactName,
  why: string,
): void {
  for (const name of ORDER.slice(ORDER.indexOf(from))) if (!(name in known)) unknown[name] = why;
}

/** Notes the program, and what is found in it for such a platform. */
export function noteProgram(facts: Gathering, bytes: Uint8Array, platform: Platform): void {
  facts.known.program = bytes;
  if (platform.os === "windows") return noteWindowsProgram(facts, bytes, platform);
  const fault = faultOf(() => readElf(bytes));
  facts.known.elf = fault === undefined ? [] : [fault];
  if (fault !== undefined) return giveUp(facts, "findings", "the program is no ELF file");
  const target = findTarget(platform.architecture);
  if (target === undefined) return giveUp(facts, "findings", unknownTo(platform));
  facts.known.findings = checkProgram(bytes, target);
}

function noteWindowsProgram(facts: Gathering, bytes: Uint8Array, platform: Platform): void {
  const fault = faultOf(() => readPe(bytes));
  facts.known.pe = fault === undefined ? [] : [fault];
  if (fault !== undefined) return giveUp(facts, "peFindings", "the program is no PE file");
  const machine = findTarget(platform.architecture)?.windows?.machine;
  if (machine === undefined) return giveUp(facts, "peFindings", unknownTo(platform));
  const imports = WINDOWS_IMPORTS[isWincat(bytes) ? "wincat" : "pause"];
  facts.known.peFindings = checkPeProgram(bytes, { machine, imports });
}

/** Of the two programs for Windows, only one speaks to a network. */
function isWincat(bytes: Uint8Array): boolean {
  return readPe(bytes).imports.some(({ library }) => library.toLowerCase() === "ws2_32.dll");
}

function unknownTo({ architecture }: Platform): string {
  return `this version does not know the architecture ${architecture}`;
}

function faultOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof PauseError) return reason(error);
    throw error;
  }
}
