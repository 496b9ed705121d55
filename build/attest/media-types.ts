/**
 * What hangs on images, by its type.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md#guidelines-for-artifact-usage
 */
export const ARTIFACT = {
  spdx: "application/spdx+json",
  cyclonedx: "application/vnd.cyclonedx+json",
  /** An in-toto statement, unsigned; also what the payload of a signed one is. */
  statement: "application/vnd.in-toto+json",
  /** A sigstore bundle, the newest version: a statement or a digest, signed. */
  bundle: "application/vnd.dev.sigstore.bundle.v0.3+json",
  /** What cosign signs under the tag `sha256-….sig`. */
  simpleSigning: "application/vnd.dev.cosign.simplesigning.v1+json",
} as const;

/** The configuration of what has none: `{}`. */
export const EMPTY_CONFIG = "application/vnd.oci.empty.v1+json";

/** What a statement says of its subject, by the address of its definition. */
export const PREDICATE = {
  /** That somebody signs the image, and no more. */
  sign: "https://sigstore.dev/cosign/sign/v1",
  provenance: "https://slsa.dev/provenance/v1",
  spdx: "https://spdx.dev/Document",
  cyclonedx: "https://cyclonedx.org/bom",
} as const;
