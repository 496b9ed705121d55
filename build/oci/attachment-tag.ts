import { type Digest, digestParts } from "./digest.ts";

/**
 * The tag by which cosign finds what it keeps beside an image.
 * @see https://github.com/sigstore/cosign/blob/v2.4.1/specs/SIGNATURE_SPEC.md#tag-based-discovery
 */
export function cosignTag(digest: Digest, kind: "sig" | "att" | "sbom"): string {
  const { algorithm, hex } = digestParts(digest);
  return `${algorithm}-${hex}.${kind}`;
}

/**
 * `sha256-HEX`, the fallback tag of referrers, and with `.sig`, `.att` or `.sbom`, cosign's: what
 * hangs on an image, and is no image by itself.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#referrers-tag-schema
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#tag-based-discovery
 */
export function isAttachmentTag(tag: string): boolean {
  return /^sha(256|512)-[0-9a-f]{64,128}(\.\w+)?$/.test(tag);
}
