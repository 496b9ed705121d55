import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { signerOf } from "../../../build/attest/keys/signer.ts";
import { keySeal } from "../../../build/attest/sign/seal.ts";
import { giveDefaultDigest } from "../../../build/attest/trust/default-digest.ts";
import { verifyKeyless } from "../../../build/attest/keyless/verify.ts";
import { trustedRoot } from "../../../build/attest/trust/trust.ts";
import { failsWith } from "../../support/fails.ts";
import { type BundleJson, changed, PAYLOAD } from "./keyless.ts";

const KINDS: Readonly<Record<string, () => KeyObject>> = {
  "ECDSA P-256": () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  "Ed25519": () => generateKeyPairSync("ed25519").privateKey,
};

const TYPE = "application/vnd.in-toto+json";

/** Has @sigstore/verify look at a bundle that a key made: no log and no authority took part. */
async function verify(bundle: Uint8Array, publicKey: KeyObject, hint: string): Promise<void> {
  giveDefaultDigest();
  const keys = (found: string) => {
    assert.is(found, hint);
    return { publicKey, validFor: () => true };
  };
  const trust = toTrustMaterial(await trustedRoot({ offline: true }), keys);
  const verifier = new Verifier(trust, { tlogThreshold: 0, timestampThreshold: 0 });
  const json: unknown = JSON.parse(new TextDecoder().decode(bundle));
  verifier.verify(toSignedEntity(bundleFromJSON(json)));
}

for (const [kind, makeKey] of Object.entries(KINDS)) {
  test(`@sigstore/verify accepts a bundle that a key signed, and no other: ${kind}`, async () => {
    const signer = signerOf(makeKey());
    const bundle = await keySeal(signer).sign(PAYLOAD, TYPE);
    await verify(bundle, signer.publicKey, signer.keyHint);
    const other = signerOf(makeKey());
    await refused(() => verify(bundle, other.publicKey, signer.keyHint));
    const wrong = changed(bundle, (json: BundleJson) => json.dsseEnvelope.payload = "e30=");
    await refused(() => verify(wrong, signer.publicKey, signer.keyHint));
  });
}

async function refused(act: () => Promise<void>): Promise<void> {
  const words = await act().then(() => "accepted", (error: Error) => error.message);
  assert.is(words, "signature verification failed");
}

test("what a key signed is nobody's who has a certificate", async () => {
  const bundle = await keySeal(signerOf(KINDS["Ed25519"]?.() as KeyObject)).sign(PAYLOAD, TYPE);
  const root = await trustedRoot({ offline: true });
  const error = await failsWith(
    ["verification"],
    () => verifyKeyless(bundle, undefined, root),
  );
  assert.match(error.message, /it was made with a key, and not with a certificate/);
});

test.run();
