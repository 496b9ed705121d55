import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

interface Proposed {
  readonly kind: string;
  readonly spec: {
    readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly string[] };
  };
}

interface Envelope {
  readonly payload: string;
  readonly signatures: readonly { readonly sig: string }[];
}

const hashOf = (content: string | Uint8Array): unknown => ({
  algorithm: "sha256",
  value: createHash("sha256").update(content).digest("hex"),
});

/**
 * Makes of an entry that is proposed the one that Rekor logs: of an envelope it keeps hashes, which
 * the mock of Rekor leaves to others.
 *
 * @see https://github.com/sigstore/rekor/blob/v1.3.6/pkg/types/dsse/v0.0.1/dsse_v0_0_1_schema.json
 */
export function asLogged(body: string): string {
  const proposed = JSON.parse(body) as Proposed;
  if (proposed.kind !== "dsse") return body;
  const { envelope, verifiers } = proposed.spec.proposedContent;
  const { payload, signatures } = JSON.parse(envelope) as Envelope;
  const spec = {
    envelopeHash: hashOf(envelope),
    payloadHash: hashOf(Buffer.from(payload, "base64")),
    signatures: signatures.map(({ sig }, at) => ({ signature: sig, verifier: verifiers[at] })),
  };
  return JSON.stringify({ ...proposed, spec });
}
