import { X509Certificate } from "node:crypto";
import { digestParts, sha256 } from "../../oci/digest.ts";
import { type Fields, isFields, readObject } from "../../oci/json.ts";

/** The annotations in which cosign up to 2 keeps what sigstore's bundles hold together. */
export const LEGACY = {
  signature: "dev.cosignproject.cosign/signature",
  certificate: "dev.sigstore.cosign/certificate",
  bundle: "dev.sigstore.cosign/bundle",
  timestamp: "dev.sigstore.cosign/rfc3161timestamp",
} as const;

/**
 * Puts a signature that was made with a certificate, and its entry in the transparency log, together
 * into a sigstore bundle. Whether any of it is true is for whoever verifies the bundle.
 *
 * @param annotations of the payload's layer
 * @returns JSON; undefined when the annotations cannot be read
 * @see https://github.com/sigstore/cosign/blob/v2.4.1/specs/SIGNATURE_SPEC.md#properties
 */
export function legacyBundle(
  payload: Uint8Array,
  annotations: Readonly<Record<string, string>>,
): Uint8Array | undefined {
  try {
    const { certificate = "", bundle, timestamp, signature } = Object.fromEntries(
      Object.entries(LEGACY).map(([name, key]) => [name, annotations[key]]),
    );
    const { raw } = new X509Certificate(certificate);
    const { hex } = digestParts(sha256(payload));
    return encode({
      mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
      verificationMaterial: {
        x509CertificateChain: { certificates: [{ rawBytes: raw.toString("base64") }] },
        tlogEntries: bundle === undefined ? [] : [logEntry(read(bundle))],
        ...(timestamp !== undefined && {
          timestampVerificationData: {
            rfc3161Timestamps: [{ signedTimestamp: read(timestamp).SignedRFC3161Timestamp }],
          },
        }),
      },
      messageSignature: {
        messageDigest: { algorithm: "SHA2_256", digest: base64(hex) },
        signature,
      },
    });
  } catch {
    return undefined;
  }
}

/** @see https://github.com/sigstore/protobuf-specs/blob/v0.4.0/protos/sigstore_rekor.proto */
function logEntry({ SignedEntryTimestamp, Payload }: Fields): Fields {
  const entry = isFields(Payload) ? Payload : {};
  const body = read(atob(String(entry.body)));
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: base64(String(entry.logID)) },
    kindVersion: { kind: body.kind, version: body.apiVersion },
    integratedTime: String(entry.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: entry.body,
  };
}

function read(text: string): Fields {
  return readObject(new TextEncoder().encode(text), "annotation");
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function base64(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  return btoa(String.fromCharCode(...bytes.map((byte) => Number.parseInt(byte, 16))));
}
