/** Signatures made with certificates, by Sigstore's services on this machine. */

import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleToJSON, type SerializedBundle } from "@sigstore/bundle";
import { FulcioSigner, MessageSignatureBundleBuilder, RekorWitness } from "@sigstore/sign";
import { certificateCheck } from "../../../build/attest/verify/certificate.ts";
import {
  exactIdentity,
  policyOf,
  type TrustedSigner,
} from "../../../build/attest/verify/policy.ts";
import type { VerifyOptions } from "../../../build/attest/verify/verify.ts";
import type { Content } from "../../../build/oci/descriptor.ts";
import { withFolder } from "../../support/folder.ts";
import { ISSUER, type Sigstore, tokenWith, WORKFLOW } from "../../support/sigstore/services.ts";
import { signWith } from "../keyless/keyless.ts";
import {
  type Contents,
  type CosignLayer,
  cosignLayer,
  referrerOf,
  simpleSigning,
  statement,
} from "./signing.ts";
import { TRUSTED } from "./stage.ts";

export const SIGNER: TrustedSigner = exactIdentity(WORKFLOW, ISSUER);

/**
 * A referrer with a bundle that was made with a certificate.
 * @param on what it refers to. @default what it is about
 */
export async function keylessReferrer(
  sigstore: Sigstore,
  subject: Content,
  on: Content = subject,
): Promise<Contents> {
  const payload = new TextEncoder().encode(JSON.stringify(statement(subject)));
  const bundle = await signWith(sigstore, { payload });
  return referrerOf(on, new TextDecoder().decode(bundle));
}

/** A bundle over bytes that it does not hold. */
export async function keylessMessage(
  { services: { fulcio, rekor } }: Sigstore,
  bytes: Uint8Array,
): Promise<SerializedBundle> {
  const builder = new MessageSignatureBundleBuilder({
    signer: new FulcioSigner({
      fulcioBaseURL: fulcio,
      identityProvider: { getToken: () => Promise.resolve(tokenWith()) },
    }),
    witnesses: [new RekorWitness({ rekorBaseURL: rekor })],
  });
  return bundleToJSON(await builder.create({ data: Buffer.from(bytes) }));
}

/** A layer as cosign 2 writes it: certificate and entry in the log are in annotations. */
export async function keylessLayer(
  sigstore: Sigstore,
  subject: Content,
): Promise<CosignLayer> {
  const { content } = cosignLayer(TRUSTED, simpleSigning(subject));
  const bundle = await keylessMessage(sigstore, content.bytes);
  const { verificationMaterial, messageSignature } = bundle;
  const { tlogEntries: [entry], x509CertificateChain: chain } = verificationMaterial;
  const bytes = Buffer.from(chain?.certificates[0]?.rawBytes ?? "", "base64");
  return {
    content,
    annotations: {
      "dev.cosignproject.cosign/signature": messageSignature?.signature ?? "",
      "dev.sigstore.cosign/certificate": new X509Certificate(bytes).toString(),
      "dev.sigstore.cosign/bundle": JSON.stringify({
        SignedEntryTimestamp: entry?.inclusionPromise?.signedEntryTimestamp,
        Payload: {
          body: entry?.canonicalizedBody,
          integratedTime: Number(entry?.integratedTime),
          logIndex: Number(entry?.logIndex),
          logID: Buffer.from(entry?.logId.keyId ?? "", "base64").toString("hex"),
        },
      }),
    },
  };
}

/** What verifies by the root of these services, for a policy of `signers`. */
export async function trusting(
  { root }: Sigstore,
  signers: readonly TrustedSigner[] = [SIGNER],
  threshold = 1,
): Promise<Pick<VerifyOptions, "policy" | "check">> {
  return await withFolder(async (folder) => {
    const file = join(folder, "trusted_root.json");
    await writeFile(file, root);
    return { policy: policyOf(signers, threshold), check: await certificateCheck({ file }) };
  });
}
