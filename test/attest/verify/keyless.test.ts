import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { certificateCheck } from "../../../build/attest/verify/certificate.ts";
import { exactIdentity, patternIdentity, policyOf } from "../../../build/attest/verify/policy.ts";
import { readTrustedKey } from "../../../build/attest/verify/public-key.ts";
import type { Verdict } from "../../../build/attest/verify/verdict.ts";
import { failsWith } from "../../support/fails.ts";
import { withFolder } from "../../support/folder.ts";
import {
  ISSUER,
  type Sigstore,
  type SigstoreOptions,
  withSigstore,
  WORKFLOW,
} from "../../support/sigstore/services.ts";
import { cosignLayer, cosignManifest, referrerOf, simpleSigning } from "./signing.ts";
import { keylessLayer, keylessMessage, keylessReferrer, SIGNER, trusting } from "./sigstore.ts";
import { OTHER, POLICY, reasons, ROOT, type Scene, TRUSTED, verdictOn } from "./stage.ts";

const fromNow = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);

async function expect(scene: Scene, verdict: Verdict, says: RegExp = /^$/): Promise<void> {
  const verified = await verdictOn(scene);
  assert.is(verified.verdict, verdict, reasons(verified).join("\n"));
  assert.match(reasons(verified).join("\n"), says);
}

/** What the services signed: a statement, the bytes of the index, and cosign's payload. */
async function allForms(sigstore: Sigstore): Promise<readonly Scene[]> {
  return [
    { referrers: [await keylessReferrer(sigstore, ROOT)] },
    { referrers: [referrerOf(ROOT, await keylessMessage(sigstore, ROOT.bytes))] },
    { cosign: cosignManifest([await keylessLayer(sigstore, ROOT)]) },
  ];
}

test("an identity that is trusted has signed, in bundles and in cosign's annotations", () =>
  withSigstore({}, async (sigstore) => {
    for (const scene of await allForms(sigstore)) {
      const options = await trusting(sigstore);
      await expect({ ...scene, options }, "signed");
      const { subjects: [subject] } = await verdictOn({ ...scene, options });
      assert.is(subject?.signatures[0]?.by, `${WORKFLOW} (${ISSUER})`);
      const pattern = patternIdentity("https://github\\.com/example/.*", ISSUER);
      await expect({ ...scene, options: await trusting(sigstore, [pattern]) }, "signed");
    }
  }));

test("who else signed is told, and not trusted", () =>
  withSigstore({}, async (sigstore) => {
    const others = [
      exactIdentity(`${WORKFLOW}.4`, ISSUER),
      exactIdentity(WORKFLOW, "https://issuer.example"),
      patternIdentity("https://github\\.com", ISSUER),
    ];
    for (const scene of await allForms(sigstore)) {
      for (const other of others) {
        const options = await trusting(sigstore, [other]);
        await expect({ ...scene, options }, "untrusted", /^it is by https:\/\/github\.com.*trust$/);
      }
      await expect(
        { ...scene, options: { ...await trusting(sigstore), policy: POLICY } },
        "untrusted",
        /by an identity, with a certificate, and the policy trusts keys alone/,
      );
    }
  }));

const CLOCKS: Readonly<Record<string, readonly [options: SigstoreOptions, says: RegExp]>> = {
  "a certificate that had expired when it signed": [{ logTime: fromNow(20) }, /expired/],
  "a certificate that was not valid yet, by a clock that is off": [
    { authorityTime: fromNow(60) },
    /not valid/,
  ],
};

for (const [name, [options, says]] of Object.entries(CLOCKS)) {
  test(`untrusted: ${name}`, () =>
    withSigstore(options, async (sigstore) => {
      const referrers = [await keylessReferrer(sigstore, ROOT)];
      await expect({ referrers, options: await trusting(sigstore) }, "untrusted", says);
    }));
}

test("another Sigstore's certificate is no certificate", () =>
  withSigstore({}, (sigstore) =>
    withSigstore({}, async (other) => {
      for (const scene of await allForms(sigstore)) {
        const options = await trusting(other);
        await expect({ ...scene, options }, "untrusted", /Cannot verify the bundle/);
      }
    })));

test("a certificate's signature over another digest is told of as such", () =>
  withSigstore({}, async (sigstore) => {
    const options = await trusting(sigstore);
    const cosign = cosignManifest([await keylessLayer(sigstore, OTHER)]);
    await expect({ cosign, options }, "untrusted", /^it is over another digest/);
    const referrers = [await keylessReferrer(sigstore, OTHER, ROOT)];
    await expect({ referrers, options }, "untrusted", /^it is over another digest/);
  }));

test("an entry in the log that is of another signature is none", () =>
  withSigstore({}, async (sigstore) => {
    const [one, two] = [await keylessLayer(sigstore, ROOT), await keylessLayer(sigstore, OTHER)];
    const key = "dev.sigstore.cosign/bundle";
    const annotations = { ...one.annotations, [key]: two.annotations[key] ?? "" };
    const cosign = cosignManifest([{ ...one, annotations }]);
    await expect(
      { cosign, options: await trusting(sigstore) },
      "untrusted",
      /Cannot verify the bundle/,
    );
    const { [key]: _, ...none } = one.annotations;
    const unlogged = cosignManifest([{ ...one, annotations: none }]);
    await expect(
      { cosign: unlogged, options: await trusting(sigstore) },
      "untrusted",
      /Cannot verify the bundle/,
    );
  }));

test("a key and an identity are two signers, each of whom counts once", () =>
  withSigstore({}, async (sigstore) => {
    const key = readTrustedKey(TRUSTED.publicKey, "trusted.pub");
    const options = await trusting(sigstore, [key, SIGNER], 2);
    const byKey = cosignLayer(TRUSTED, simpleSigning(ROOT));
    const byIdentity = [await keylessLayer(sigstore, ROOT), await keylessLayer(sigstore, ROOT)];
    await expect({ cosign: cosignManifest([byKey, ...byIdentity]), options }, "signed");
    await expect({ cosign: cosignManifest(byIdentity), options }, "untrusted");
    await expect({ cosign: cosignManifest([byKey]), options }, "untrusted");
  }));

test("without a trusted root nobody can tell; a file that is none is refused at once", () =>
  withSigstore({}, (sigstore) =>
    withFolder(async (folder) => {
      const referrers = [await keylessReferrer(sigstore, ROOT)];
      const policy = policyOf([SIGNER], 1);
      const mirror = { url: "http://127.0.0.1:9", root: join(folder, "root.json") };
      await writeFile(mirror.root, "{}");
      const check = await certificateCheck({ mirror });
      await expect({ referrers, options: { policy, check } }, "unknown", /trusted root/);
      const file = join(folder, "trusted_root.json");
      await failsWith(["usage"], () => certificateCheck({ file }));
      await writeFile(file, "{}");
      await failsWith(["usage"], () => certificateCheck({ file }));
    })));

test.run();
