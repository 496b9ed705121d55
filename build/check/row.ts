import type { Finding } from "../compile/finding.ts";
import type { PeRule } from "../compile/pe-program.ts";
import type { Finding as ProgramFinding } from "../compile/program.ts";
import type { Platform } from "../oci/platform.ts";
import type { ImageConfig, Index, Manifest } from "../oci/manifest.ts";
import type { Idle, Orphans, Printed, Stopped } from "./run/behaviour.ts";
import type { Outlived } from "./run/life.ts";
import type { FileTree, Found, FoundFile } from "./tree.ts";

/** All that rows can ask for. What could not be found out is missing, with a reason. */
export interface Facts {
  /** What it is said to run on: by the index, else by the configuration, else by the program. */
  readonly platform: Platform;
  /** The index that the image hangs on, when it hangs on one. */
  readonly index: Index;
  /** What the index says that the image runs on. */
  readonly indexPlatform: Platform;
  /** What is wrong with the parts' digests and sizes. */
  readonly parts: readonly string[];
  /** What is wrong with the manifest and the configuration as documents. */
  readonly documents: readonly string[];
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  /** What is wrong with the layers' sizes, unpacked. */
  readonly layerSizes: readonly string[];
  /** What is wrong with the layers as archives. */
  readonly layerFormats: readonly string[];
  /** Where the layers of an image for Windows have files that Windows does not find. */
  readonly windowsShape: readonly string[];
  /** What these layers do not say that Windows has to know of a file. */
  readonly windowsRecords: readonly string[];
  /** The digest of each layer before compression; of Windows' own, which are not read, undefined. */
  readonly diffIds: readonly (string | undefined)[];
  /** All files, after every layer was laid over the one before. Of Windows by names in small letters. */
  readonly files: FileTree;
  /** What is wrong with the program that forwards ports on Windows. */
  readonly wincat: readonly string[];
  /** What is wrong with the file in place of a service of Windows. */
  readonly diagtrack: readonly string[];
  /** What the configuration says to run, or why that is not a file of the image. */
  readonly entry: Found;
  readonly entryFile: FoundFile;
  /** The program's bytes. */
  readonly program: Uint8Array;
  /** Why the program is no ELF file. */
  readonly elf: readonly string[];
  /** Where the program departs from what is good for its architecture. */
  readonly findings: readonly ProgramFinding[];
  /** Why the program is no PE file. */
  readonly pe: readonly string[];
  /** Where it departs from what is good for Windows. */
  readonly peFindings: readonly Finding<PeRule>[];
  /** What `-v` printed. */
  readonly version: Printed;
  /** What `-V` printed, among other arguments. */
  readonly versionAnywhere: Printed;
  /** What it did when there was nothing to do. */
  readonly idle: Idle;
  /** What became of the orphans that had ended when it began. */
  readonly early: Orphans;
  /** What became of those that ended while it ran. */
  readonly orphans: Orphans;
  /** What other signals did to it. */
  readonly outlived: Outlived;
  /** How it ended on SIGTERM. */
  readonly terminated: Stopped;
  /** How it ended on SIGINT. */
  readonly interrupted: Stopped;
  /** How it ended on SIGTERM without stdout and stderr. */
  readonly closed: Stopped;
}

export type FactName = keyof Facts;

/** What is known of one image or program, and why the rest is not. */
export interface Gathered {
  readonly known: Partial<Facts>;
  /** Why a fact is missing, as the end of a sentence: "the layers could not be read". */
  readonly unknown: Readonly<Partial<Record<FactName, string>>>;
}

/** One statement about a pause image, which holds or does not. */
export interface Statement {
  /** Its name in reports, such as `user`; docs/verify.md lists all. */
  readonly id: string;
  /** What a good image does. */
  readonly states: string;
  /** What goes wrong otherwise. */
  readonly why: string;
  /** The report, CVE or specification behind it. */
  readonly link?: string;
  /** The operating system that it is about. @default all */
  readonly os?: "linux" | "windows";
  /** The row that this one refines: when that one does not pass, this one says nothing. */
  readonly after?: string;
}

/** A statement, and how it is judged. */
export interface Row extends Statement {
  readonly needs: readonly FactName[];
  /** @returns what was found instead, or undefined when the statement holds */
  readonly check: (facts: Facts) => string | undefined;
}

/** A row whose check sees just the facts that it needs. */
export function row<Name extends FactName>(
  { check, ...rest }: Omit<Row, "needs" | "check"> & {
    readonly needs: readonly Name[];
    readonly check: (facts: Pick<Facts, Name>) => string | undefined;
  },
): Row {
  return { ...rest, check };
}

/** The faults in one line. */
export function all(faults: readonly string[]): string | undefined {
  return faults.length === 0 ? undefined : faults.join("; ");
}

/** What findings say of the program, in one line. */
export function saidOf(findings: readonly Finding[]): string | undefined {
  return all(findings.map(({ message }) => `it ${message}`));
}

/** `unchecked`: it could not be found out, which is neither good nor bad. */
export type Outcome = "pass" | "fail" | "unchecked";

/** A row with what came out. */
export interface Judged {
  /** What was checked. */
  readonly row: Statement;
  /** What came of it. */
  readonly outcome: Outcome;
  /** What was found (`fail`), or why nothing was (`unchecked`). */
  readonly found?: string;
}

/** Characters. Strangers can write much into an image. */
const FOUND_LIMIT = 500;

/** Judges by the rows that are about such a thing. A fact with neither value nor reason was not asked for. */
export function judge(rows: readonly Row[], gathered: Gathered): Judged[] {
  const judged: Judged[] = [];
  for (const row of rows) if (isAsked(row, gathered)) judged.push(judgeOne(row, gathered, judged));
  return judged;
}

function isAsked({ os, needs }: Row, { known, unknown }: Gathered): boolean {
  if (os !== undefined && os !== known.platform?.os) return false;
  return needs.every((name) => name in known || name in unknown);
}

function judgeOne(row: Row, { known, unknown }: Gathered, before: readonly Judged[]): Judged {
  const missing = row.needs.find((name) => !(name in known));
  if (missing !== undefined) {
    return { row, outcome: "unchecked", found: unknown[missing] ?? "it is not known" };
  }
  const basis = before.find((judged) => judged.row.id === row.after);
  if (basis && basis.outcome !== "pass") {
    return { row, outcome: "unchecked", found: `"${basis.row.id}" does not pass` };
  }
  const found = row.check(known as Facts);
  if (found === undefined) return { row, outcome: "pass" };
  return { row, outcome: "fail", found: found.slice(0, FOUND_LIMIT) };
}
