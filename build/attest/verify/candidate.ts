import type { Digest } from "../../oci/digest.ts";

/** What was found where signatures are kept, and what becomes of it. */
export type Candidate = {
  /** Where it was found: `sha256-….sig, layer sha256:…`. */
  readonly from: string;
  /** What is told of it besides: the name it was made for, the type of its predicate. */
  readonly note?: string;
} & (Refused | SignedByKey | SignedByCertificate);

/** It is no signature over this image, whoever made it. */
interface Refused {
  readonly kind: "refused";
  readonly fault: string;
}

/** It says the right thing, and would be the signature of a key over these bytes. */
interface SignedByKey {
  readonly kind: "key";
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** It says the right thing, and would be signed by whom a certificate names. */
interface SignedByCertificate {
  readonly kind: "certificate";
  /** A sigstore bundle, JSON. */
  readonly bundle: Uint8Array;
  /** What is signed, where the bundle does not hold it. */
  readonly artifact?: Uint8Array;
}

/** What is looked for: who signed the image, or what was attested about it. */
export interface Wanted {
  /** Of the image's manifest or index. */
  readonly digest: Digest;
  /** Its bytes: some sign these. */
  readonly bytes: Uint8Array;
  /** The predicate type of attestations. Undefined: signatures are looked for. */
  readonly predicateType?: string;
}

export function refused(from: string, fault: string): Candidate {
  return { kind: "refused", from, fault };
}
