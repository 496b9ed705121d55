import { Buffer } from "node:buffer";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { verifyKeyless } from "../../../build/attest/keyless/verify.ts";
import { failsWith } from "../../support/fails.ts";
import { ISSUER, type Sigstore, withSigstore, WORKFLOW } from "../../support/sigstore/services.ts";
import { type BundleJson, changed, PAYLOAD, rootOf, signWith } from "./keyless.ts";

const MINUTES = 60_000;

const fromNow = (minutes: number): Date => new Date(Date.now() + minutes * MINUTES);

/** Why a bundle is refused by the root of these services. */
async function refusalOf(bundle: Uint8Array, sigstore: Sigstore): Promise<string> {
  const verifying = (): Promise<unknown> => verifyKeyless(bundle, undefined, rootOf(sigstore));
  return (await failsWith(["verification"], verifying)).message;
}

test("what was signed keyless is verified, and says who signed and by whose word", async () => {
  await withSigstore({}, async (sigstore) => {
    const bundle = await signWith(sigstore);
    const { identity, issuer, payload } = await verifyKeyless(bundle, undefined, rootOf(sigstore));
    assert.is(identity, WORKFLOW);
    assert.is(issuer, ISSUER);
    assert.equal([...payload ?? []], [...PAYLOAD]);
  });
});

test("a certificate is refused that had expired when the log saw the signature", async () => {
  await withSigstore({ logTime: fromNow(20) }, async (sigstore) => {
    assert.match(await refusalOf(await signWith(sigstore), sigstore), /expired/);
  });
});

test("a certificate is refused that was not valid yet: a clock was off", async () => {
  await withSigstore({ authorityTime: fromNow(60) }, async (sigstore) => {
    assert.match(await refusalOf(await signWith(sigstore), sigstore), /not valid/);
  });
});

test("another root does not know the authority", async () => {
  await withSigstore({}, async (sigstore) => {
    const bundle = await signWith(sigstore);
    await withSigstore({}, async (other) => {
      assert.match(await refusalOf(bundle, other), /Cannot verify the bundle: /);
    });
  });
});

/** What is done to a bundle, and what is said of it then. */
const CHANGES: Readonly<
  Record<string, { readonly change: (json: BundleJson) => void; readonly says: RegExp }>
> = {
  "without an entry in the log": {
    change: ({ verificationMaterial }) => verificationMaterial.tlogEntries = [],
    says: /tlog entr|bundle/i,
  },
  "whose entry no log promises and none proves": {
    change: ({ verificationMaterial: { tlogEntries: [entry] } }) => {
      delete entry?.inclusionPromise;
      delete entry?.inclusionProof;
    },
    says: /bundle/,
  },
  "whose entry has another time": {
    change: ({ verificationMaterial: { tlogEntries: [entry] } }) => {
      if (entry) entry.integratedTime = `${Number(entry.integratedTime) + 1}`;
    },
    says: /inclusion promise/,
  },
  "over something else": {
    change: ({ dsseEnvelope }) => dsseEnvelope.payload = Buffer.from("{}").toString("base64"),
    says: /hash mismatch|signature/,
  },
  "with two signatures": {
    change: ({ dsseEnvelope: { signatures } }) => signatures.push(signatures[0]),
    says: /no sigstore bundle/,
  },
  "with the same timestamp twice": {
    change: ({ verificationMaterial: { timestampVerificationData: { rfc3161Timestamps } } }) =>
      rfc3161Timestamps.push(rfc3161Timestamps[0]),
    says: /duplicate timestamp/,
  },
};

for (const [what, { change, says }] of Object.entries(CHANGES)) {
  test(`a bundle ${what} is refused`, async () => {
    await withSigstore({}, async (sigstore) => {
      const bundle = changed(await signWith(sigstore), change);
      assert.match(await refusalOf(bundle, sigstore), says);
    });
  });
}

test("the certificate of one bundle does not fit the signature of another", async () => {
  await withSigstore({}, async (sigstore) => {
    const other = JSON.parse(
      new TextDecoder().decode(await signWith(sigstore)),
    ) as BundleJson;
    const bundle = changed(await signWith(sigstore), ({ verificationMaterial }) => {
      verificationMaterial.certificate = other.verificationMaterial.certificate;
    });
    assert.match(await refusalOf(bundle, sigstore), /signature/);
  });
});

test("what is no bundle is refused, whatever it is", async () => {
  await withSigstore({}, async (sigstore) => {
    for (const text of ["", "[]", "{}", '{"mediaType":"text/plain"}', "{".repeat(100_000)]) {
      await refusalOf(new TextEncoder().encode(text), sigstore);
    }
    await refusalOf(new Uint8Array(5 * 1024 * 1024).fill(0x20), sigstore);
  });
});

test.run();
