import { keylessSigner } from "../../../build/attest/keyless/signer.ts";
import { identityToken } from "../../../build/attest/keyless/token.ts";
import { readTrustedRoot } from "../../../build/attest/trust/trusted-root.ts";
import type { TrustedRoot } from "../../../build/attest/trust/trusted-root.ts";
import { type Sigstore, tokenWith } from "../../support/sigstore/services.ts";

/** What is signed. */
export const PAYLOAD: Uint8Array = new TextEncoder().encode('{"_type":"a statement"}');

/** Signs {@link PAYLOAD}, or `payload`, with these services. */
export async function signWith(
  { services }: Sigstore,
  { token = tokenWith(), payload = PAYLOAD }: {
    readonly token?: string;
    readonly payload?: Uint8Array;
  } = {},
): Promise<Uint8Array> {
  const environment = { SIGSTORE_ID_TOKEN: token };
  const signer = keylessSigner({ services, token: () => identityToken({ environment }) });
  return await signer.sign(payload, "application/vnd.in-toto+json");
}

export function rootOf({ root }: Sigstore): TrustedRoot {
  return readTrustedRoot(root, "of the tests");
}

/** A bundle with one thing in it changed. */
export function changed(bundle: Uint8Array, change: (json: BundleJson) => void): Uint8Array {
  const json = JSON.parse(new TextDecoder().decode(bundle)) as BundleJson;
  change(json);
  return new TextEncoder().encode(JSON.stringify(json));
}

/** The parts of a bundle that tests change. */
export interface BundleJson {
  dsseEnvelope: { payload: string; signatures: unknown[] };
  verificationMaterial: {
    certificate: { rawBytes: string };
    tlogEntries: { integratedTime: string; inclusionPromise?: unknown; inclusionProof?: unknown }[];
    timestampVerificationData: { rfc3161Timestamps: unknown[] };
  };
}
