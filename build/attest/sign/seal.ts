import { Buffer } from "node:buffer";
import { verify } from "node:crypto";
import { preAuthEncoding } from "../dsse.ts";
import type { Signer } from "../keys/signer.ts";
import { ARTIFACT } from "../media-types.ts";

/** Puts a signature to statements: a key's, or that of whoever an identity token is about. */
export interface Seal {
  /**
   * Signs a document.
   * @param payloadType its media type
   * @returns a sigstore bundle v0.3, JSON
   * @throws PauseError of the services that take part
   */
  sign(payload: Uint8Array, payloadType: string): Promise<Uint8Array>;
  /** Whether a bundle holds the same document already, signed by the same key. */
  readonly has: (bundle: Uint8Array, payload: Uint8Array) => boolean;
  /** The key, which can sign in other forms as well. Identities have none that lasts. */
  readonly signer?: Signer;
}

/** A seal that signs with a key. Nobody else takes part, and nothing is logged. */
export function keySeal(signer: Signer): Seal {
  return {
    signer,
    sign: async (payload, payloadType) => {
      const signature = await signer.sign(preAuthEncoding(payloadType, payload));
      return bundleOf({ payload, payloadType, signature, keyHint: signer.keyHint });
    },
    has: (bundle, payload) => holds(bundle, payload, signer),
  };
}

interface Envelope {
  readonly payload: Uint8Array;
  readonly payloadType: string;
  readonly signature: Uint8Array;
  readonly keyHint: string;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/**
 * A bundle over an envelope that a key signed.
 * @see https://docs.sigstore.dev/about/bundle/
 */
function bundleOf({ payload, payloadType, signature, keyHint }: Envelope): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({
    mediaType: ARTIFACT.bundle,
    verificationMaterial: { publicKey: { hint: keyHint }, tlogEntries: [] },
    dsseEnvelope: {
      payload: base64(payload),
      payloadType,
      signatures: [{ sig: base64(signature) }],
    },
  }));
}

/** The parts of a bundle by which our own is known again. Whatever else it is, it is another one. */
interface Ours {
  readonly dsseEnvelope?: {
    readonly payload?: string;
    readonly payloadType?: string;
    readonly signatures?: readonly { readonly sig?: string }[];
  };
}

function holds(bundle: Uint8Array, payload: Uint8Array, signer: Signer): boolean {
  let read: Ours | null;
  try {
    read = JSON.parse(new TextDecoder().decode(bundle)) as Ours | null;
  } catch {
    return false;
  }
  const { payload: held, payloadType = "", signatures } = read?.dsseEnvelope ?? {};
  const signature = signatures?.[0]?.sig;
  return held === base64(payload) && signature !== undefined &&
    isSigned(signer, preAuthEncoding(payloadType, payload), signature);
}

/**
 * Whether a signature in base64 is the signer's over `bytes`.
 */
export function isSigned({ publicKey }: Signer, bytes: Uint8Array, signature: string): boolean {
  const hash = publicKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  try {
    return verify(hash, bytes, publicKey, Buffer.from(signature, "base64"));
  } catch {
    return false;
  }
}
