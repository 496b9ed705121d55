import { join } from "node:path";
import type { BillTool } from "../../attest/sbom/bill.ts";
import { PauseError } from "../../error.ts";
import { readIfThere, writeWhole } from "../../host/files.ts";
import { type Digest, sha256 } from "../../oci/digest.ts";
import { digest, fields, listOf, recordOf, text } from "../../oci/shape.ts";
import { digestFolder, type Digests } from "../digests.ts";
import { faultIn, readLockDocument } from "../lock-document.ts";
import { readSettings, type Settings } from "../settings.ts";
import { findSource, type Source, TEMPLATE } from "../source.ts";
import type { Reference, Workshop } from "../workshop.ts";
import { type Difference, mapDifferences } from "../../attest/reproduce/difference.ts";
import { toolDifferences } from "../../attest/reproduce/tools.ts";
import { EXPECTED_FILE } from "./expected-file.ts";
import { readSource, rebuild, type Rebuilt } from "./rebuild.ts";
import type { Verdict } from "./verdict.ts";

/** What these sources become with the default variables, SOURCE_DATE_EPOCH=0 and no revision. */
export interface Lock {
  /** That it was made with: another version may make other bytes. */
  readonly tools: readonly BillTool[];
  /** By their paths: `bin/pause-arm64`. Those for Windows too, which no index here is over. */
  readonly programs: Digests;
  /** Over the images for Linux: those for Windows stand on what somebody else publishes. */
  readonly index: Digest;
}

const SHAPE = fields({
  tools: listOf(fields({ name: text, version: text, told: text })),
  programs: recordOf(digest),
  index: digest,
});

/** What became of the file. */
export interface LockOutcome extends Reference {
  readonly outcome: "written" | "fresh";
}

/**
 * Builds everything anew and writes what came out into the working directory.
 * @throws PauseError `usage` where variables would make it another image; as `make()` does
 */
export async function updateLock(
  { directory, settings, source, signal }: Workshop,
): Promise<LockOutcome> {
  requireDefaults(settings);
  const path = join(directory, EXPECTED_FILE);
  const bytes = lockBytes(await makeLock(source, signal));
  const [digest, before] = [sha256(bytes), await readIfThere(path)];
  const isSame = before !== undefined && sha256(before) === digest;
  if (!isSame) await writeWhole(path, bytes);
  return { reference: EXPECTED_FILE, digest, outcome: isSame ? "fresh" : "written" };
}

/** A line for each file: a diff shows which ones changed. */
function lockBytes(lock: Lock): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(lock, undefined, 2)}\n`);
}

async function makeLock(source: Source, signal?: AbortSignal): Promise<Lock> {
  const sources = await allSources(source);
  const rebuildFor = async (OS: string, goal: "all" | "build"): Promise<Rebuilt> =>
    await rebuild({
      sources,
      assignments: { OS, SOURCE_DATE_EPOCH: "0" },
      ...(signal && { signal }),
    }, goal);
  const linux = await rebuildFor("linux", "all");
  const windows = await rebuildFor("windows", "build");
  const tools = [...linux.tools, ...windows.tools];
  const programs = [...linux.programs, ...windows.programs];
  if (linux.graph === undefined) {
    throw new PauseError("internal", "Cannot lock the index: it was not built.");
  }
  return {
    tools: [...new Map(tools.map((tool) => [tool.name, tool])).values()],
    programs: Object.fromEntries(programs.map(({ path, digest }) => [path, digest])),
    index: linux.graph.index.digest,
  };
}

/** Nobody recorded which files count, so all do that are there. */
async function allSources(source: Source): Promise<Map<string, Uint8Array>> {
  const paths = ["src", "arch"].flatMap((folder) =>
    Object.keys(digestFolder(join(source.root, folder)))
      .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
  );
  const found = new Map<string, Uint8Array>();
  for (const path of [...paths, TEMPLATE]) {
    const bytes = await readSource(source, path);
    if (bytes !== undefined) found.set(path, bytes);
  }
  return found;
}

/** What decides about the bytes. The time and the revision do too, and are fixed whatever is said. */
const DECISIVE = [
  "tag",
  "version",
  "targets",
  "systems",
  "mediaTypes",
  "toolchain",
  "cflags",
  "base",
  "builder",
] as const satisfies readonly (keyof Settings)[];

function requireDefaults(settings: Settings): void {
  const defaults = readSettings({});
  const other = DECISIVE.find((key) =>
    JSON.stringify(settings[key]) !== JSON.stringify(defaults[key])
  );
  if (other === undefined) return;
  throw new PauseError(
    "usage",
    `Cannot write ${EXPECTED_FILE}: it says what the default variables make, and what decides about the ${other} was set to something else. Leave it out, in the environment too.`,
  );
}

/** How what is built here compares with what the file says. */
export interface LockReport {
  readonly verdict: Verdict;
  /** Why it cannot be told. */
  readonly reason?: string;
  /** Of tools first. */
  readonly differences: readonly Difference[];
  /** What was compared. */
  readonly programs: number;
}

/**
 * Builds what the lock file beside the sources says, and compares.
 *
 * @param directory the working directory, or another folder with sources
 * @throws PauseError `usage` when there is no such file or it is none; as `make()` does
 */
export async function checkLock(directory: string, signal?: AbortSignal): Promise<LockReport> {
  const source = findSource(directory);
  const expected = await readLock(join(source.root, EXPECTED_FILE));
  const found = await makeLock(source, signal);
  const tools = toolDifferences(expected.tools, found.tools);
  const files = mapDifferences(
    { ...expected.programs, index: expected.index },
    { ...found.programs, index: found.index },
  );
  const programs = Object.keys(found.programs).length;
  const differences = [...tools, ...files];
  if (files.length === 0) return { verdict: "identical", differences, programs };
  if (tools.length === 0) return { verdict: "different", differences, programs };
  const reason = `the tools here are not those that ${EXPECTED_FILE} was made with`;
  return { verdict: "cannot tell", reason, differences, programs };
}

async function readLock(path: string): Promise<Lock> {
  const fault = faultIn(path, 'Write it anew with "./make update-lock".');
  const bytes = await readIfThere(path);
  if (bytes === undefined) throw fault("there is no such file");
  return readLockDocument(bytes, SHAPE, fault) as unknown as Lock;
}
