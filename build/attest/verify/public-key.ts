import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { PauseError, reason } from "../../error.ts";
import { readIfThere } from "../../host/files.ts";
import { sha256 } from "../../oci/digest.ts";
import type { TrustedKey } from "./policy.ts";

/**
 * The digest that is signed, by the kind of key. Ed25519 has its own.
 * @see https://github.com/sigstore/cosign/blob/v2.4.1/specs/SIGNATURE_SPEC.md#signature-schemes
 */
const HASHES: Readonly<Record<string, "sha256" | null>> = {
  ec: "sha256",
  ed25519: null,
  rsa: "sha256",
};

/** Bits of a modulus. Shorter ones can be factored, or will be soon. */
const SHORTEST_RSA = 2048;

/** All of the file: what stands beside the key might be meant for somebody else. */
const PEM = /^\s*-----BEGIN ([A-Z0-9 ]+)-----[\sA-Za-z0-9+/=]+-----END \1-----\s*$/;

/**
 * Reads a public key that is trusted.
 *
 * @param text PEM, a SubjectPublicKeyInfo: `-----BEGIN PUBLIC KEY-----`
 * @param name how messages call it: its file
 * @throws PauseError `usage` when it is something else, or a kind of key that is not checked with
 * @see https://www.rfc-editor.org/rfc/rfc7468#section-13
 */
export function readTrustedKey(text: string, name: string): TrustedKey {
  const label = PEM.exec(text)?.[1];
  if (label !== "PUBLIC KEY") throw unusable(name, whatIs(label));
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch (error) {
    throw unusable(name, `it cannot be read (${reason(error)})`);
  }
  const { asymmetricKeyType: type = "", asymmetricKeyDetails: details } = key;
  if (!Object.hasOwn(HASHES, type)) throw unusable(name, `it is a key of the kind ${type}`);
  if (type === "rsa" && (details?.modulusLength ?? 0) < SHORTEST_RSA) {
    throw unusable(name, `its ${details?.modulusLength} bits are too few`);
  }
  const fingerprint = sha256(key.export({ type: "spki", format: "der" }));
  return { kind: "key", name, key, fingerprint };
}

/**
 * Reads the file of a public key.
 * @param name how messages call it. @default the path
 * @throws PauseError `usage` when there is none, or it is no public key; `storage`
 */
export async function readKeyFile(path: string, name: string = path): Promise<TrustedKey> {
  const bytes = await readIfThere(path);
  if (bytes !== undefined) return readTrustedKey(new TextDecoder().decode(bytes), name);
  throw new PauseError("usage", `Cannot use the key ${name}: there is no such file.`);
}

function whatIs(label: string | undefined): string {
  if (label === undefined) return "it is no PEM file with one key";
  if (label.includes("PRIVATE")) return "it is a private key";
  return label === "CERTIFICATE"
    ? "it is a certificate, which is trusted by its issuer and identity"
    : `it is a ${label.toLowerCase()}`;
}

function unusable(name: string, found: string): PauseError {
  return new PauseError(
    "usage",
    `Cannot use the key ${name}: ${found}. Name a public key in PEM, of ECDSA, Ed25519 or RSA.`,
  );
}

/** Whether `signature` is the key's over `bytes`. What is no signature at all is none. */
export function isSignedBy(
  { key }: TrustedKey,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verify(HASHES[key.asymmetricKeyType ?? ""], bytes, key, signature);
  } catch {
    return false;
  }
}
