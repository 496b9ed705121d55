import type { Provenance } from "../../attest/provenance/predicate.ts";
import { type Difference, difference } from "../../attest/reproduce/difference.ts";
import { provenancesOf, type Recorded } from "../../attest/reproduce/recorded.ts";
import { toolDifferences } from "../../attest/reproduce/tools.ts";
import type { BillTool } from "../../attest/sbom/bill.ts";
import { PauseError } from "../../error.ts";
import type { Content } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { CredentialSource } from "../../store/registry/login/credentials.ts";
import type { Store, TagOrDigest } from "../../store/store.ts";
import { VERSION } from "../../version.ts";
import { findSource } from "../source.ts";
import { compareImages, type Part } from "./compare.ts";
import { assignmentsOf, commitOf, type Refused, sourcesOf, toolsOf } from "./orders.ts";
import { rebuild, type Rebuilt } from "./rebuild.ts";
import { type Verdict, worstVerdict } from "./verdict.ts";

/** How an image is built once more. */
export interface ReproduceOptions {
  /** Where the sources are; without any there, those that came with this software. */
  readonly directory: string;
  /** The provenance that counts, by the digest of its manifest. @default all of them do */
  readonly provenance?: Digest;
  /** What the user says of variables that nobody takes from a stranger. @default nothing */
  readonly confirmed?: Readonly<Record<string, string>>;
  readonly credentials?: CredentialSource;
  readonly signal?: AbortSignal;
}

/** What came of building by one provenance. */
export interface Reproduction {
  /** Of the manifest by which the provenance hangs on the image. */
  readonly provenance: Digest;
  /** Whether it is signed, by whomever. */
  readonly isSigned: boolean;
  readonly verdict: Verdict;
  /** Why it cannot be told. */
  readonly reason?: string;
  /** The commit that it names. */
  readonly commit?: string;
  /** That the image was made with. */
  readonly tools: readonly BillTool[];
  /** Of the sources, or of the tools. */
  readonly differences: readonly Difference[];
  /** What was compared: the index, then for each platform its manifest, configuration and layers. */
  readonly parts: readonly Part[];
}

/** What can be said of an image. */
export interface Reproduced {
  /** Of all of them together. */
  readonly verdict: Verdict;
  /** What the name stood for when it was resolved. */
  readonly digest: Digest;
  /** One for each provenance. */
  readonly reproductions: readonly Reproduction[];
  /** Why there is none. */
  readonly reason?: string;
}

/**
 * Builds an image once more by what its provenances say, and compares every byte.
 *
 * @param store where the image is; that of a registry is to be opened with `strictAbsence`
 * @throws PauseError `verification` for bytes of the image that are not what their digest says,
 * `usage` for a provenance that does not hang there; what the store throws; `interrupted`
 */
export async function reproduce(
  store: Store,
  ref: TagOrDigest,
  options: ReproduceOptions,
): Promise<Reproduced> {
  const found = await store.resolve(ref);
  const root = await store.getManifest(found?.digest ?? ref);
  const { digest } = root.descriptor;
  const all = await provenancesOf(store, digest);
  const { provenance } = options;
  const chosen = all.filter(({ from }) => provenance === undefined || from === provenance);
  if (chosen.length === 0) return nothingTold(store, digest, provenance);
  const build = buildOnce(options);
  const reproductions: Reproduction[] = [];
  for (const recorded of chosen) {
    reproductions.push(await reproduceOne({ store, root, recorded, build, options }));
  }
  return {
    verdict: worstVerdict(reproductions.map(({ verdict }) => verdict)),
    digest,
    reproductions,
  };
}

function nothingTold({ name }: Store, digest: Digest, wanted: Digest | undefined): Reproduced {
  if (wanted !== undefined) {
    throw new PauseError(
      "usage",
      `Cannot build by ${wanted}: it is no provenance that hangs on ${name}@${digest}. Leave --provenance out to see which do.`,
    );
  }
  const reason = "no provenance hangs on it, so nobody knows what it was built of";
  return { verdict: "cannot tell", digest, reproductions: [], reason };
}

type Build = (provenance: Provenance) => Promise<Rebuilt | Refused>;

/** Several provenances may say the same: that is built once. */
function buildOnce(options: ReproduceOptions): Build {
  const builds = new Map<string, Promise<Rebuilt | Refused>>();
  return (provenance) => {
    const { externalParameters, resolvedDependencies } = provenance.buildDefinition;
    const key = JSON.stringify([externalParameters, resolvedDependencies]);
    const built = builds.get(key) ?? buildBy(provenance, options);
    builds.set(key, built);
    return built;
  };
}

async function buildBy(
  provenance: Provenance,
  { directory, confirmed = {}, credentials, signal }: ReproduceOptions,
): Promise<Rebuilt | Refused> {
  const assignments = assignmentsOf(provenance, confirmed);
  if (isRefused(assignments)) return assignments;
  try {
    const sources = await sourcesOf(provenance, findSource(directory));
    if (isRefused(sources)) return sources;
    const built = await rebuild({
      sources,
      assignments,
      ...(credentials && { credentials }),
      ...(signal && { signal }),
    });
    const [missing] = built.graph?.missing ?? [];
    if (missing === undefined) return built;
    return { reason: `${missing.name} cannot be built here: ${missing.reason}`, differences: [] };
  } catch (error) {
    const isOurs = error instanceof PauseError &&
      !["interrupted", "internal"].includes(error.code);
    if (!isOurs) throw error;
    return { reason: error.message, differences: [] };
  }
}

function isRefused(value: object): value is Refused {
  return "reason" in value && "differences" in value;
}

/** One provenance of an image, and what it takes to build by it. */
interface Case {
  readonly store: Store;
  readonly root: Content;
  readonly recorded: Recorded;
  readonly build: Build;
  readonly options: ReproduceOptions;
}

async function reproduceOne(
  { store, root, recorded, build, options: { signal } }: Case,
): Promise<Reproduction> {
  const { from: provenance, isSigned, content } = recorded;
  const unknown = { provenance, isSigned, verdict: "cannot tell", tools: [], parts: [] } as const;
  if ("fault" in content) return { ...unknown, reason: content.fault, differences: [] };
  const commit = commitOf(content);
  const tools = toolsOf(content);
  const known = { ...unknown, tools, ...(commit !== undefined && { commit }) };
  const built = await build(content);
  if (isRefused(built) || built.graph === undefined) {
    return {
      ...known,
      ...(isRefused(built) ? built : { reason: "nothing was built", differences: [] }),
    };
  }
  const differences = makerDifferences(content, tools, built.tools);
  const parts = await compareImages(store, root, built.graph, signal);
  const compared = { ...known, differences, parts };
  if (parts.every((part) => part.differences.length === 0)) {
    return { ...compared, verdict: "identical" };
  }
  if (differences.length === 0) return { ...compared, verdict: "different" };
  const reason =
    "the tools here are not those that it was made with, and other tools may make other bytes";
  return { ...compared, reason };
}

/** Of compilers and linkers, and of this software. */
function makerDifferences(
  { buildDefinition: { internalParameters: { builder } } }: Provenance,
  theirs: readonly BillTool[],
  ours: readonly BillTool[],
): Difference[] {
  const own = builder === VERSION ? [] : [difference("pause-image", builder, VERSION)];
  return [...own, ...toolDifferences(theirs, ours)];
}
