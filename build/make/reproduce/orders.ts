import type { ByteVariables, Provenance } from "../../attest/provenance/predicate.ts";
import { type Difference, difference } from "../../attest/reproduce/difference.ts";
import type { BillTool } from "../../attest/sbom/bill.ts";
import { sha256 } from "../../oci/digest.ts";
import type { Assignments } from "../settings.ts";
import { type Source, TEMPLATE } from "../source.ts";
import { DEFAULT_BASE } from "../windows/bases.ts";
import { readSource } from "./rebuild.ts";

/** Why nobody can build by a provenance here. */
export interface Refused {
  readonly reason: string;
  /** The sources that are not here as they were there. */
  readonly differences: readonly Difference[];
}

type ByteVariable = keyof ByteVariables;

/**
 * What a provenance may set, and to what without a word of the user's. Anything else would decide
 * about this machine, and not about bytes; and other values of the last ones have other programs
 * run, or images fetched. Whoever wrote the provenance is a stranger.
 */
const KNOWN: Readonly<Record<ByteVariable, "anything" | readonly string[]>> = {
  TAG: "anything",
  VERSION: "anything",
  REV: "anything",
  ARCH: "anything",
  OS: "anything",
  ALL_ARCH_WINDOWS: "anything",
  OSVERSION: "anything",
  FORMAT: "anything",
  SOURCE_DATE_EPOCH: "anything",
  TOOLCHAIN: ["clang", "gcc", "zig"],
  CFLAGS: [""],
  ENGINE: ["embedded"],
  BASE: [DEFAULT_BASE],
  TOOLCHAIN_IMAGE: [],
};

/**
 * The variables to build with, as a provenance has them.
 * @param confirmed what the user said as well
 */
export function assignmentsOf(
  { buildDefinition: { externalParameters } }: Provenance,
  confirmed: Readonly<Record<string, string>>,
): Assignments | Refused {
  const entries = Object.entries(externalParameters.variables) as [string, string][];
  for (const [name, value] of entries) {
    if (!Object.hasOwn(KNOWN, name)) return refused(`it sets ${name}, which no provenance does`);
    const known = name as ByteVariable;
    const harmless = KNOWN[known];
    if (harmless === "anything" || harmless.includes(value)) continue;
    if (confirmed[known] === value) continue;
    return refused(
      `it sets ${name}=${
        JSON.stringify(value.slice(0, 200))
      }, by which strangers could have programs run here. Say the same if you trust it: write ${name}=… after the image`,
    );
  }
  return Object.fromEntries(entries);
}

function refused(reason: string, differences: readonly Difference[] = []): Refused {
  return { reason, differences };
}

/** A path of a source as provenances have it: below src/ or arch/, and nowhere else. */
const SOURCE = /^(src|arch)(\/[\w-][\w.+-]*)+$/;

/** The sources that were recorded, as they are here; or in what they are not the same. */
export async function sourcesOf(
  { buildDefinition: { resolvedDependencies } }: Provenance,
  source: Source,
): Promise<ReadonlyMap<string, Uint8Array> | Refused> {
  const recorded = resolvedDependencies.filter(({ name = "" }) =>
    SOURCE.test(name) || name === TEMPLATE
  );
  if (recorded.length === 0) return refused("it names no sources");
  const found = new Map<string, Uint8Array>();
  const differences: Difference[] = [];
  for (const { name = "", digest } of recorded) {
    const bytes = await readSource(source, name);
    const [theirs, ours] = [`sha256:${digest?.sha256}`, bytes && sha256(bytes)];
    if (bytes !== undefined && theirs === ours) found.set(name, bytes);
    else differences.push(difference(name, theirs, ours ?? ""));
  }
  if (differences.length > 0) {
    return refused(`the sources in ${source.root} are not those of the image`, differences);
  }
  for (const name of UNRECORDED) {
    const bytes = found.has(name) ? undefined : await readSource(source, name);
    if (bytes !== undefined) found.set(name, bytes);
  }
  return found;
}

/**
 * What no provenance records and a build looks for: the program that tells a folder of sources, and
 * what bases are locked, whose digests are in the images.
 */
const UNRECORDED = ["src/linux/pause.c", "src/windows/base.lock.json"] as const;

/** The tools that a provenance names, with what they said of themselves. */
export function toolsOf({ buildDefinition: { resolvedDependencies } }: Provenance): BillTool[] {
  return resolvedDependencies.flatMap(({ name, annotations = {} }) => {
    const { version, told } = annotations;
    return name === undefined || version === undefined
      ? []
      : [{ name, version, told: told ?? version }];
  });
}

/** The commit that the sources were of, if it is known. */
export function commitOf(
  { buildDefinition: { resolvedDependencies } }: Provenance,
): string | undefined {
  return resolvedDependencies.find(({ digest }) => digest?.gitCommit)?.digest?.gitCommit;
}
