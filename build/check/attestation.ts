import type { Descriptor } from "../oci/descriptor.ts";

/**
 * Whether an index's entry is no image but says something about one: BuildKit's attestations, whose
 * platform is `unknown/unknown`, and artifacts.
 *
 * @see https://github.com/kubernetes/kubernetes/issues/118991
 * @see https://docs.docker.com/build/metadata/attestations/attestation-storage/
 */
export function isAttestation({ platform, artifactType, annotations = {} }: Descriptor): boolean {
  return platform?.os === "unknown" || artifactType !== undefined ||
    "vnd.docker.reference.type" in annotations;
}
