import { type Digest, digestParts } from "./digest.ts";

/**
 * The tag by which cosign finds what it keeps beside an image.
 * @see https://github.com/sigstore/cosign/blob/v2.4.1/specs/SIGNATURE_SPEC.md#tag-based-discovery
 */
export function cosignTag(digest: Digest, kind: "sig" | "att" | "sbom"): string {
  const { algorithm, hex } = digestParts(digest);
  return `${algorithm}-${hex}.${kind}`;
}

/** The annotations of what cosign keeps under a tag. */
export const COSIGN_SIGNATURE = "dev.cosignproject.cosign/signature";
