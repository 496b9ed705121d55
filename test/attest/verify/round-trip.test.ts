/** What sign and attest write is what verify-signature reads. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { signerOf } from "../../../build/attest/keys/signer.ts";
import { PREDICATE } from "../../../build/attest/media-types.ts";
import { attestImage } from "../../../build/attest/sign/attest.ts";
import { keySeal } from "../../../build/attest/sign/seal.ts";
import { type Form, signImage } from "../../../build/attest/sign/sign.ts";
import { policyOf } from "../../../build/attest/verify/policy.ts";
import { readTrustedKey } from "../../../build/attest/verify/public-key.ts";
import { type VerifyOptions, verifySignatures } from "../../../build/attest/verify/verify.ts";
import type { Store } from "../../../build/store/store.ts";
import { memoryStore } from "../../../build/store/memory.ts";
import { withRegistry } from "../../support/registry.ts";
import { openStore } from "../../store/registry/open.ts";
import { putImage } from "../../store/put.ts";
import { ecKey, ed25519Key, type TestKey } from "./signing.ts";
import { AMD64, ARM64, ROOT, TAG } from "./stage.ts";

const NAME = "registry.example.com/k8s/pause";
const FORMS: readonly Form[] = ["tag", "referrer"];
const PLATFORMS = ["amd64", "arch1"].map((architecture) => ({ os: "linux", architecture }));

async function held(store: Store): Promise<Store> {
  for (const image of [AMD64, ARM64]) await putImage(store, image);
  await store.putManifest(ROOT, [TAG]);
  return store;
}

async function verdictOf(
  store: Store,
  key: TestKey,
  more: Partial<VerifyOptions> = {},
): Promise<string> {
  const policy = policyOf([readTrustedKey(key.publicKey, "key.pub")], 1);
  const check = (): Promise<never> => Promise.reject(new Error("there is no certificate"));
  const options = { policy, check, ...more };
  return (await verifySignatures(() => Promise.resolve({ store, ref: TAG }), options)).verdict;
}

for (const [name, keyOf] of Object.entries({ "ECDSA": ecKey, "Ed25519": ed25519Key })) {
  for (const form of FORMS) {
    test(`what sign writes with ${name} as a ${form} is signed: the index, and each of its images`, async () => {
      const [ours, other] = [keyOf(11), keyOf(12)];
      for (const referrersApi of [true, false]) {
        await withRegistry({ referrersApi }, async (registry) => {
          const store = await held(openStore(registry, { strictAbsence: true }));
          assert.is(await verdictOf(store, ours), "unsigned");
          const seal = keySeal(signerOf(ours.privateKey));
          await signImage(store, TAG, seal, { name: NAME, forms: [form] });
          assert.is(await verdictOf(store, ours), "signed");
          assert.is(await verdictOf(store, ours, { platforms: PLATFORMS }), "signed");
          assert.is(await verdictOf(store, other), "untrusted");
        });
      }
    });
  }
}

test("what attest writes is an attestation of its type, and no signature", async () => {
  const key = ecKey(11);
  const store = await held(memoryStore("test"));
  const claim = { predicateType: PREDICATE.spdx, predicate: { spdxVersion: "SPDX-2.3" } };
  await attestImage(store, TAG, keySeal(signerOf(key.privateKey)), { name: NAME, claim });
  assert.is(await verdictOf(store, key, { predicateType: PREDICATE.spdx }), "signed");
  assert.is(await verdictOf(store, key, { predicateType: PREDICATE.cyclonedx }), "unsigned");
  assert.is(await verdictOf(store, key), "unsigned");
  const other = { predicateType: PREDICATE.spdx };
  assert.is(await verdictOf(store, ecKey(12), other), "untrusted");
});

test.run();
