import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyOf } from "../../../build/attest/verify/policy.ts";
import { readTrustedKey } from "../../../build/attest/verify/public-key.ts";
import { always, COSIGN, listed, REFERRER, testVerdict } from "./rows.ts";
import {
  cosignLayer,
  cosignManifest,
  ed25519Key,
  keyBundle,
  messageBundle,
  referrerOf,
  simpleSigning,
  statement,
} from "./signing.ts";
import { OTHER, ROOT, STRANGER, TRUSTED, verdictOn } from "./stage.ts";

testVerdict("signed", {
  "a trusted key's signature under cosign's tag": { cosign: COSIGN },
  "a trusted key's bundle among the referrers": { referrers: [REFERRER] },
  "a trusted key's bundle under the fallback tag": {
    referrers: [REFERRER],
    habits: { referrersApi: false },
  },
  "a trusted key's bundle that is listed by its empty configuration": {
    referrers: [REFERRER],
    habits: { referrersApi: false },
    arrange: (registry) => listed(registry, REFERRER, "application/vnd.oci.empty.v1+json"),
  },
  "a trusted key's bundle that is listed by an image's configuration": {
    referrers: [REFERRER],
    habits: { referrersApi: false },
    arrange: (registry) => listed(registry, REFERRER, "application/vnd.oci.image.config.v1+json"),
  },
  "a trusted key's bundle over the bytes of the index": {
    referrers: [referrerOf(ROOT, messageBundle(TRUSTED, ROOT))],
  },
  "a valid signature among broken ones": {
    cosign: cosignManifest([
      cosignLayer(TRUSTED, simpleSigning(OTHER)),
      cosignLayer(TRUSTED, simpleSigning(ROOT)),
      cosignLayer(STRANGER, simpleSigning(ROOT)),
    ]),
    says: /(?=[^]*another digest)(?=[^]*a key that the policy does not trust)/,
  },
  "a valid signature, and a place that cannot be read": {
    cosign: COSIGN,
    arrange: always("referrers", { status: 500 }),
    says: /answered 500/,
  },
});

test("Ed25519 signs as ECDSA does", async () => {
  const key = ed25519Key(3);
  const options = { policy: policyOf([readTrustedKey(key.publicKey, "ed.pub")], 1) };
  const cosign = cosignManifest([cosignLayer(key, simpleSigning(ROOT))]);
  assert.is((await verdictOn({ cosign, options })).verdict, "signed");
  const referrers = [referrerOf(ROOT, keyBundle(key, statement(ROOT)))];
  assert.is((await verdictOn({ referrers, options })).verdict, "signed");
});

test.run();
