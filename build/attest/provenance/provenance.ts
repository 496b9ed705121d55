import type { Digest } from "../../oci/digest.ts";
import { digestParts } from "../../oci/digest.ts";
import { type BillTool, type Hashed, REPOSITORY } from "../sbom/bill.ts";
import {
  BUILD_TYPE,
  type ByteVariables,
  type DigestSet,
  type Provenance,
  type ResourceDescriptor,
} from "./predicate.ts";
import type { BuildRunner } from "./runner.ts";

/** What a build was made of, and what came of it besides the images. */
export interface BuildFacts {
  readonly variables: ByteVariables;
  /** The commit of the sources; missing where they are of none, or were changed since. */
  readonly commit?: string;
  readonly sources: readonly Hashed[];
  readonly tools: readonly BillTool[];
  /** By their names as FROM has them, without digests. */
  readonly bases: readonly { readonly name: string; readonly digest: Digest }[];
  /** By their paths. */
  readonly programs: readonly { readonly path: string; readonly digest: Digest }[];
  /** Of this software. */
  readonly builder: string;
}

/**
 * Says what was built of what, by whom.
 * @see https://slsa.dev/spec/v1.0/provenance
 */
export function provenanceOf(facts: BuildFacts, runner: BuildRunner): Provenance {
  const { variables, builder, programs } = facts;
  const { id, invocationId } = runner;
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: { variables },
      internalParameters: { builder },
      resolvedDependencies: dependenciesOf(facts),
    },
    runDetails: {
      builder: { id, version: { "pause-image": builder } },
      // No times: who builds the same again gets the same statement.
      metadata: { ...(invocationId !== undefined && { invocationId }) },
      byproducts: programs.map(({ path: name, digest }) => ({ name, digest: setOf(digest) })),
    },
  };
}

function dependenciesOf({ commit, sources, tools, bases }: BuildFacts): ResourceDescriptor[] {
  return [
    ...(commit === undefined
      ? []
      : [{ uri: `git+${REPOSITORY}@${commit}`, digest: { gitCommit: commit } }]),
    ...sources.map(({ path: name, sha256 }) => ({ name, digest: { sha256 } })),
    ...tools.map(({ name, version, told }) => ({ name, annotations: { version, told } })),
    ...bases.map(({ name, digest }) => ({ name, digest: setOf(digest) })),
  ];
}

function setOf(digest: Digest): DigestSet {
  const { algorithm, hex } = digestParts(digest);
  return { [algorithm]: hex };
}
