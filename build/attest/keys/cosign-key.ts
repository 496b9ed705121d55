import { Buffer } from "node:buffer";
import { scrypt } from "node:crypto";
import { promisify } from "node:util";
import { readObject, unreadable } from "../../oci/json.ts";
import { constant, fields, type Shape, text } from "../../oci/shape.ts";

/** What cosign calls its private keys in PEM: now, and before its version 2. */
export const COSIGN_LABELS: readonly string[] = [
  "ENCRYPTED SIGSTORE PRIVATE KEY",
  "ENCRYPTED COSIGN PRIVATE KEY",
];

/** @see https://github.com/secure-systems-lab/go-securesystemslib/blob/v0.8.0/encrypted/encrypted.go */
const SHAPE: Shape = fields({
  kdf: fields({ name: constant("scrypt"), params: fields({}), salt: text }),
  cipher: fields({ name: constant("nacl/secretbox"), nonce: text }),
  ciphertext: text,
});

interface Sealed {
  readonly kdf: {
    readonly params: { readonly N: number; readonly r: number; readonly p: number };
    readonly salt: string;
  };
  readonly cipher: { readonly nonce: string };
  readonly ciphertext: string;
}

/** The cost that cosign has, now and before. Another one may be made to exhaust whoever reads it. */
const COSTS: readonly number[] = [32768, 65536];

const derive = promisify(scrypt) as (
  secret: string,
  salt: Uint8Array,
  length: number,
  options: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
) => Promise<Uint8Array>;

/**
 * Opens a private key as cosign keeps it: sealed by NaCl's secretbox, with a key that scrypt makes
 * of the passphrase.
 *
 * @param sealed what is within the PEM block: JSON
 * @returns PKCS #8 in DER; undefined when the passphrase is wrong
 * @throws PauseError `verification` when it is no such key
 * @see https://nacl.cr.yp.to/secretbox.html
 */
export async function openCosignKey(
  sealed: Uint8Array,
  passphrase: string,
): Promise<Uint8Array | undefined> {
  const next = "Make the key anew, or have it as PKCS #8.";
  const read = readObject(sealed, "private key", next);
  const fault = SHAPE(read, "");
  if (fault !== undefined) throw unreadable("private key", fault, next);
  const { kdf, cipher, ciphertext } = read as unknown as Sealed;
  const { N, r, p } = kdf.params;
  if (!COSTS.includes(N) || r !== 8 || p !== 1) {
    throw unreadable("private key", "its parameters of scrypt are not those of cosign", next);
  }
  const [salt, nonce, box] = [kdf.salt, cipher.nonce, ciphertext].map((part) =>
    Buffer.from(part, "base64")
  );
  if (salt === undefined || box === undefined || nonce?.length !== 24) {
    throw unreadable("private key", "its nonce has not 24 bytes", next);
  }
  // Twice what scrypt needs: 128 N r bytes.
  const key = await derive(passphrase, salt, 32, { N, r, p, maxmem: 256 * N * r });
  const { xsalsa20poly1305 } = await import("@noble/ciphers/salsa.js");
  try {
    return xsalsa20poly1305(new Uint8Array(key), new Uint8Array(nonce)).decrypt(
      new Uint8Array(box),
    );
  } catch {
    return undefined;
  }
}
