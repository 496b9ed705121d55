import { PauseError, reason } from "../error.ts";
import { readElf } from "../compile/elf.ts";
import { checkProgram } from "../compile/program.ts";
import { findTarget } from "../compile/targets.ts";
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
  "files",
  "entry",
  "entryFile",
  "program",
  "elf",
  "findings",
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
  const fault = elfFault(bytes);
  facts.known.elf = fault === undefined ? [] : [fault];
  if (fault !== undefined) return giveUp(facts, "findings", "the program is no ELF file");
  const target = findTarget(platform.architecture);
  if (target === undefined) {
    const why = `this version does not know the architecture ${platform.architecture}`;
    return giveUp(facts, "findings", why);
  }
  facts.known.findings = checkProgram(bytes, target);
}

function elfFault(bytes: Uint8Array): string | undefined {
  try {
    readElf(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof PauseError) return reason(error);
    throw error;
  }
}
