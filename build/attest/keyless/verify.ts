import { Buffer } from "node:buffer";
import type { Bundle } from "@sigstore/bundle";
import { PauseError } from "../../error.ts";
import { named } from "../../host/commonjs.ts";
import { readObject } from "../../oci/json.ts";
import { giveDefaultDigest } from "../trust/default-digest.ts";
import type { TrustedRoot } from "../trust/trusted-root.ts";
import { wordsOf } from "./failure.ts";

/** Who signed, as the certificate of a bundle shows that was verified. */
export interface KeylessSignature {
  /** The subject of the certificate: a mail address, or the address of a workflow. */
  readonly identity: string;
  /** Of the identity token that the certificate was given for. */
  readonly issuer: string;
  /** The payload of the envelope that was signed; undefined where a bundle signs something else. */
  readonly payload?: Uint8Array;
}

/**
 * Verifies a sigstore bundle that was made with a certificate: that an authority of the root gave
 * the certificate and logged it, that a log or a timestamp authority of the root saw the signature
 * while the certificate was valid, and that it is the signature of just these bytes. Whom to trust is
 * the caller's to say. This machine's clock has no part in it.
 *
 * @param bytes the bundle, JSON
 * @param artifact what was signed, where the bundle does not hold it
 * @throws PauseError `verification` when any of that does not hold
 * @see https://docs.sigstore.dev/about/bundle/
 */
export async function verifyKeyless(
  bytes: Uint8Array,
  artifact: Uint8Array | undefined,
  root: TrustedRoot,
): Promise<KeylessSignature> {
  const { toSignedEntity, toTrustMaterial, Verifier } = named(await import("@sigstore/verify"));
  giveDefaultDigest();
  const bundle = await readKeylessBundle(bytes);
  const data = artifact && Buffer.from(artifact);
  try {
    const verifier = new Verifier(toTrustMaterial(root));
    const { identity } = verifier.verify(toSignedEntity(bundle, data));
    const { subjectAlternativeName: name, extensions } = identity ?? {};
    if (name === undefined || extensions?.issuer === undefined) {
      throw new Error("its certificate names no identity, or not by whose word");
    }
    const { content } = bundle;
    return {
      identity: name,
      issuer: extensions.issuer,
      ...(content.$case === "dsseEnvelope" && { payload: content.dsseEnvelope.payload }),
    };
  } catch (error) {
    throw refused(wordsOf(error), error);
  }
}

async function readKeylessBundle(bytes: Uint8Array): Promise<Bundle> {
  const document = readObject(bytes, "bundle", "Sign the image again.");
  const { bundleFromJSON } = named(await import("@sigstore/bundle"));
  let bundle: Bundle;
  try {
    bundle = bundleFromJSON(document);
  } catch (error) {
    throw refused("it is no sigstore bundle", error);
  }
  if (bundle.verificationMaterial.content.$case === "publicKey") {
    throw refused("it was made with a key, and not with a certificate");
  }
  return bundle;
}

function refused(found: string, cause?: unknown): PauseError {
  return new PauseError(
    "verification",
    `Cannot verify the bundle: ${found}. Do not trust what it signs.`,
    cause === undefined ? {} : { cause },
  );
}
