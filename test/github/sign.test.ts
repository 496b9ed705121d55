import { generateKeyPairSync } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Desk } from "../../build/github/desk.ts";
import { readInputs } from "../../build/github/inputs.ts";
import { logOn } from "../../build/github/log.ts";
import { sealFor } from "../../build/github/sign.ts";
import { failsWith } from "../support/fails.ts";
import { jobWith, tokenWith, withSigstore } from "../support/sigstore/services.ts";
import { fakeRunner } from "./fake-runner.ts";

function desk(sign: string, environment: Record<string, string | undefined>): Desk {
  const given = new Map([["command", "push"], ["registry", "ghcr.io/me"], ["sign", sign]]);
  return {
    inputs: readInputs(given),
    environment,
    log: logOn(fakeRunner(), {}),
    signal: new AbortController().signal,
  };
}

test("a key and its passphrase are taken out of the environment, which compilers inherit", async () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = privateKey.export({
    ...{ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "hunter2" },
  }).toString();
  const environment: Record<string, string | undefined> = {
    SIGNING_KEY: key,
    PAUSE_KEY_PASSPHRASE: "hunter2",
    COSIGN_PASSWORD: "hunter2",
    PATH: "/bin",
  };
  const seal = await sealFor(desk("env://SIGNING_KEY", environment));
  assert.ok(seal?.signer);
  assert.equal(environment, { PATH: "/bin" });
});

test("nothing signs unless it is asked to", async () => {
  assert.is(await sealFor(desk("", {})), undefined);
  assert.is(await sealFor(desk("FALSE", {})), undefined);
});

test("keyless wants an identity token before anything is built, and asks for a certificate later", async () => {
  await failsWith(["authentication"], () => sealFor(desk("keyless", {})));
  await failsWith(
    ["authentication"],
    () => sealFor(desk("keyless", { SIGSTORE_ID_TOKEN: tokenWith({ exp: 1 }) })),
  );
  await withSigstore({}, async (sigstore) => {
    assert.ok(await sealFor(desk("keyless", jobWith(sigstore))));
    assert.equal(sigstore.asked, ["GET /token"]);
  });
});

test("a key that is not there is refused", async () => {
  for (const name of ["true", "env://NOTHING", "/nowhere/key.pem"]) {
    await failsWith(["usage"], () => sealFor(desk(name, {})));
  }
});

test.run();
