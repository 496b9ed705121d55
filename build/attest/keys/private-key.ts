import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject } from "node:crypto";
import { PauseError } from "../../error.ts";
import { COSIGN_LABELS, openCosignKey } from "./cosign-key.ts";

/** Gives the passphrase of a key; asked only for keys that have one. */
export type AskPassphrase = () => Promise<string | undefined>;

/** All of the file: what stands beside the key might be meant for somebody else. */
const PEM = /^\s*-----BEGIN ([A-Z0-9 ]+)-----\r?\n((?:(?!-----)[\s\S])+)-----END \1-----\s*$/;

/** What "openssl ecparam -genkey" writes before a key, which says it again. */
const PARAMETERS = /^\s*-----BEGIN EC PARAMETERS-----[^-]*-----END EC PARAMETERS-----/;

/** The labels of keys that are read, and how they are: OpenSSL's, or by ourselves. */
const PLAIN: readonly string[] = ["PRIVATE KEY", "EC PRIVATE KEY"];
const SEALED: readonly string[] = ["ENCRYPTED PRIVATE KEY"];

/**
 * Reads a private key to sign with: ECDSA on the curve P-256, or Ed25519; PKCS #8 or SEC 1 in PEM,
 * with a passphrase or without, or as cosign keeps it.
 *
 * @param text the whole file
 * @param name how messages call it: its path, or the variable that holds it
 * @throws PauseError `usage` when it is no such key; `authentication` when its passphrase is missing
 * or wrong. No part of the key is repeated
 * @see https://www.rfc-editor.org/rfc/rfc7468 https://www.rfc-editor.org/rfc/rfc5915
 */
export async function readPrivateKey(
  text: string,
  name: string,
  passphrase: AskPassphrase,
): Promise<KeyObject> {
  const block = text.replace(PARAMETERS, "");
  const [, label, body = ""] = PEM.exec(block) ?? [];
  if (label === undefined) throw unusable(name, "it is no PEM file with one key");
  const isCosigns = COSIGN_LABELS.includes(label);
  // Of keys before PKCS #8 a header within the block says that they are encrypted.
  const isSealed = isCosigns || SEALED.includes(label) || /^Proc-Type:.*ENCRYPTED/m.test(body);
  if (!isSealed && !PLAIN.includes(label)) throw unusable(name, whatIs(label));
  const secret = isSealed ? await passphrase() : undefined;
  if (isSealed && secret === undefined) throw locked(name, "it has a passphrase");
  const key = isCosigns
    ? await openedCosign(body, secret ?? "", name)
    : opened(block, secret, name);
  return usable(key, name);
}

async function openedCosign(body: string, passphrase: string, name: string): Promise<KeyObject> {
  const sealed = Buffer.from(body, "base64");
  const der = await openCosignKey(sealed, passphrase).catch((error) => {
    throw unusable(name, "it is no key of cosign's", error);
  });
  if (der === undefined) throw locked(name, "its passphrase is another one");
  try {
    return createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  } catch (error) {
    throw unusable(name, "what it holds is no private key", error);
  }
}

function opened(text: string, passphrase: string | undefined, name: string): KeyObject {
  try {
    return createPrivateKey({ key: text, ...(passphrase !== undefined && { passphrase }) });
  } catch (error) {
    if (passphrase === undefined) throw unusable(name, "it is damaged", error);
    // OpenSSL cannot always tell the one from the other.
    throw locked(name, "its passphrase is another one, or it is damaged", error);
  }
}

function usable(key: KeyObject, name: string): KeyObject {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "ed25519" || (type === "ec" && details?.namedCurve === "prime256v1")) return key;
  throw unusable(name, `it is a key of the kind ${details?.namedCurve ?? type}`);
}

function whatIs(label: string): string {
  return label === "PUBLIC KEY" ? "it is a public key" : `it is a ${label.toLowerCase()}`;
}

function unusable(name: string, found: string, cause?: unknown): PauseError {
  return new PauseError(
    "usage",
    `Cannot sign with the key ${name}: ${found}. Name a private key in PEM, of ECDSA P-256 or Ed25519, such as "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256" makes.`,
    cause === undefined ? {} : { cause },
  );
}

function locked(name: string, found: string, cause?: unknown): PauseError {
  return new PauseError(
    "authentication",
    `Cannot sign with the key ${name}: ${found}. Put the right passphrase into the variable PAUSE_KEY_PASSPHRASE (or COSIGN_PASSWORD), or into a file that --passphrase-file names.`,
    cause === undefined ? {} : { cause },
  );
}
