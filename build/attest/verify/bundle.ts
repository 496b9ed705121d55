import type { Bundle } from "@sigstore/bundle";
import { named } from "../../host/commonjs.ts";
import { sha256 } from "../../oci/digest.ts";
import { DOCUMENT_LIMIT, readObject, unreadable } from "../../oci/json.ts";
import { preAuthEncoding } from "../dsse.ts";
import { ARTIFACT } from "../media-types.ts";
import { type Candidate, refused, type Wanted } from "./candidate.ts";
import { type Claim, readStatementClaim } from "./claims.ts";
import { duplicateKey } from "./duplicate-key.ts";

/**
 * Reads a sigstore bundle: what it says, and by what it is signed.
 *
 * @returns undefined when it says something else than what is looked for
 * @throws PauseError `verification` when it is longer than documents that are read
 * @see https://docs.sigstore.dev/about/bundle/
 */
export async function readBundleCandidate(
  bytes: Uint8Array,
  from: string,
  wanted: Wanted,
): Promise<Candidate | undefined> {
  const bundle = await parse(bytes);
  if (typeof bundle === "string") return refused(from, bundle);
  const { content, verificationMaterial } = bundle;
  const signed = content.$case === "dsseEnvelope"
    ? readEnvelope(content.dsseEnvelope, wanted)
    : readMessage(content.messageSignature, wanted);
  if (signed.claim.is === "something else") return undefined;
  if (signed.claim.is === "wrong") return refused(from, signed.claim.fault);
  const { note } = signed.claim;
  const told = { from, ...(note !== undefined && { note }) };
  if (verificationMaterial.content.$case === "publicKey") {
    return { ...told, kind: "key", bytes: signed.bytes, signature: signed.signature };
  }
  const isDetached = content.$case === "messageSignature";
  return {
    ...told,
    kind: "certificate",
    bundle: bytes,
    ...(isDetached && { artifact: wanted.bytes }),
  };
}

async function parse(bytes: Uint8Array): Promise<Bundle | string> {
  if (bytes.length > DOCUMENT_LIMIT) {
    // Nobody looked into it: that says nothing about who signed.
    const found = `it has ${bytes.length} bytes, more than the ${DOCUMENT_LIMIT} that are read`;
    throw unreadable("bundle", found, "Have less said of the image.");
  }
  // Whoever checks cosign's signatures alone does not load it.
  const { bundleFromJSON } = named(await import("@sigstore/bundle"));
  let bundle: Bundle;
  try {
    bundle = bundleFromJSON(readObject(bytes, "bundle"));
  } catch {
    return "it is no sigstore bundle that this version reads";
  }
  const twice = duplicateKey(bytes);
  return twice === undefined ? bundle : `its bundle has the key "${twice}" twice`;
}

interface SignedClaim {
  readonly claim: Claim;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

type Envelope = Extract<Bundle["content"], { $case: "dsseEnvelope" }>["dsseEnvelope"];

/** @see https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md */
function readEnvelope({ payload, payloadType, signatures }: Envelope, wanted: Wanted): SignedClaim {
  const claim: Claim = payloadType === ARTIFACT.statement
    ? readStatementClaim(payload, wanted)
    : { is: "wrong", fault: `its payload is of the type ${payloadType.slice(0, 100)}` };
  return {
    claim,
    bytes: preAuthEncoding(payloadType, payload),
    signature: signatures[0]?.sig ?? payload,
  };
}

type Message = Extract<Bundle["content"], { $case: "messageSignature" }>["messageSignature"];

/** A signature over the bytes of the manifest themselves. */
function readMessage({ signature, messageDigest }: Message, wanted: Wanted): SignedClaim {
  const hex = Array.from(messageDigest.digest, (byte) => byte.toString(16).padStart(2, "0"));
  const claim: Claim = wanted.predicateType !== undefined
    ? { is: "something else", predicateType: "none" }
    : `sha256:${hex.join("")}` === sha256(wanted.bytes)
    ? { is: "about it" }
    : { is: "wrong", fault: `it is over another digest, sha256:${hex.join("").slice(0, 128)}` };
  return { claim, bytes: wanted.bytes, signature };
}
