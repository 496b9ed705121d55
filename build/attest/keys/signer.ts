import { Buffer } from "node:buffer";
import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto";

/** Signs with a private key. */
export interface Signer {
  /**
   * By which bundles tell whose signature they hold: base64 of the SHA-256 of the public key's
   * SubjectPublicKeyInfo in DER.
   */
  readonly keyHint: string;
  readonly publicKey: KeyObject;
  /** Signs bytes: ECDSA over their SHA-256 as ASN.1 in DER, Ed25519 by itself (RFC 8032). */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** Makes a signer of a private key of ECDSA P-256 or Ed25519. */
export function signerOf(key: KeyObject): Signer {
  const publicKey = createPublicKey(key);
  const spki = publicKey.export({ type: "spki", format: "der" });
  return {
    keyHint: createHash("sha256").update(spki).digest("base64"),
    publicKey,
    sign: (bytes) =>
      Promise.resolve(
        new Uint8Array(
          sign(key.asymmetricKeyType === "ed25519" ? null : "sha256", Buffer.from(bytes), key),
        ),
      ),
  };
}
