import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { servicesOf, SIGSTORE } from "../../../build/attest/keyless/services.ts";
import { keylessSigner } from "../../../build/attest/keyless/signer.ts";
import { identityToken } from "../../../build/attest/keyless/token.ts";
import { verifyKeyless } from "../../../build/attest/keyless/verify.ts";
import { failsWith } from "../../support/fails.ts";
import { type Sigstore, tokenWith, withSigstore } from "../../support/sigstore/services.ts";
import { type BundleJson, changed, rootOf, signWith } from "./keyless.ts";

test("a signature has a certificate of Fulcio's, an entry in Rekor's log, and a timestamp", async () => {
  await withSigstore({}, async (sigstore) => {
    const bundle = await signWith(sigstore);
    const json = JSON.parse(new TextDecoder().decode(bundle)) as BundleJson;
    const { certificate, tlogEntries, timestampVerificationData } = json.verificationMaterial;
    assert.ok(certificate.rawBytes);
    assert.is(tlogEntries.length, 1);
    assert.is(timestampVerificationData.rfc3161Timestamps.length, 1);
    assert.equal([...sigstore.asked].sort(), [
      "POST /api/v1/log/entries",
      "POST /api/v1/timestamp",
      "POST /api/v2/signingCert",
    ]);
  });
});

test("one certificate serves all signatures of a command", async () => {
  await withSigstore({}, async (sigstore) => {
    const { services: { fulcio, rekor }, asked } = sigstore;
    const environment = { SIGSTORE_ID_TOKEN: tokenWith() };
    const signer = keylessSigner({
      services: { fulcio, rekor },
      token: () => identityToken({ environment }),
    });
    const sign = async (text: string): Promise<void> => {
      const bundle = await signer.sign(new TextEncoder().encode(text), "text/plain");
      const { payload } = await verifyKeyless(bundle, undefined, rootOf(sigstore));
      assert.is(new TextDecoder().decode(payload), text);
    };
    await Promise.all([sign("one"), sign("two")]);
    await sign("three");
    assert.is(asked.filter((request) => request.endsWith("/signingCert")).length, 1);
    assert.is(asked.filter((request) => request.endsWith("/entries")).length, 3);
    assert.is(asked.length, 4);
  });
});

/** What a service that refuses is told of, by its path. */
const REFUSALS = [
  [
    "/api/v2/signingCert",
    403,
    "authentication",
    /sign keyless: Fulcio answered 403 .*no certificate/,
  ],
  ["/api/v1/log/entries", 400, "registry", /sign keyless: Rekor answered 400 .*no certificate/],
  ["/api/v1/timestamp", 400, "registry", /the timestamp authority answered 400 .*no certificate/],
] as const;

for (const [path, status, code, says] of REFUSALS) {
  test(`a refusal of ${path} is told, and holds no token`, async () => {
    await withSigstore({ refusals: { [path]: status } }, async (sigstore) => {
      const token = tokenWith();
      const error = await failsWith([code], () => signWith(sigstore, { token }));
      assert.match(error.message, says);
      assert.not(`${error.message} ${String(error.cause)}`.includes(token));
    });
  });
}

/** An address of this machine at which nobody listens. */
async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

for (const service of ["fulcio", "rekor", "timestamp"] as const) {
  test(`the way to ${service} that is broken is told`, async () => {
    await withSigstore({}, async (sigstore) => {
      const services = { ...sigstore.services, [service]: await nobody() };
      const broken: Sigstore = { ...sigstore, services };
      const error = await failsWith(["registry"], () => signWith(broken));
      assert.match(
        error.message,
        /^Cannot sign keyless: .*nothing listens there \(connection refused\)\. .*the service runs\.$/,
      );
    });
  });
}

test("a token that cannot be had ends it before anybody is asked", async () => {
  await withSigstore({}, async (sigstore) => {
    const token = tokenWith({ exp: 1 });
    const error = await failsWith(["authentication"], () => signWith(sigstore, { token }));
    assert.match(error.message, /expired at 1970/);
    assert.equal(sigstore.asked, []);
  });
});

test("whoever stops is obeyed, while a service keeps silent", async () => {
  const server = createServer(() => stop.abort());
  const stop = new AbortController();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const environment = { SIGSTORE_ID_TOKEN: tokenWith() };
    const signer = keylessSigner({
      services: { fulcio: url, rekor: url },
      token: () => identityToken({ environment }),
      signal: stop.signal,
    });
    await failsWith(["interrupted"], () => signer.sign(new Uint8Array(1), "text/plain"));
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("the public Sigstore signs where nobody else is named; addresses without TLS are refused", async () => {
  assert.equal(servicesOf({}), SIGSTORE);
  assert.equal(
    servicesOf({ fulcio: "https://fulcio.example/", timestamp: "https://tsa.example/a" }),
    {
      ...SIGSTORE,
      fulcio: "https://fulcio.example",
      timestamp: "https://tsa.example/a",
    },
  );
  for (const fulcio of ["http://fulcio.example", "fulcio.example", "https://a:b@fulcio.example"]) {
    await failsWith(["usage"], () => servicesOf({ fulcio }));
  }
});

test("the same is signed anew each time, and each signature is one over it", async () => {
  await withSigstore({}, async (sigstore) => {
    const [one, other] = [await signWith(sigstore), await signWith(sigstore)];
    const envelopeOf = (bundle: Uint8Array): unknown =>
      (JSON.parse(new TextDecoder().decode(bundle)) as BundleJson).dsseEnvelope;
    assert.not.equal(envelopeOf(one), envelopeOf(other));
    const mixed = changed(one, (json) => json.dsseEnvelope = envelopeOf(other) as never);
    await failsWith(["verification"], () => verifyKeyless(mixed, undefined, rootOf(sigstore)));
  });
});

test.run();
