import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  TRUSTED_ROOT_MODULE,
  trustedRootModule,
} from "../../../.github/release/trusted-root-module.ts";
import { verifyKeyless } from "../../../build/attest/keyless/verify.ts";
import { SIGSTORE_ROOT } from "../../../build/attest/trust/sigstore.ts";
import { trustedRoot } from "../../../build/attest/trust/trust.ts";
import { failsWith } from "../../support/fails.ts";
import { withFolder } from "../../support/folder.ts";
import { withSigstore } from "../../support/sigstore/services.ts";
import { signWith } from "../keyless/keyless.ts";

test("the trusted root that is brought along is the one of @sigstore/tuf", () => {
  assert.is(readFileSync(TRUSTED_ROOT_MODULE, "utf8"), trustedRootModule(process.cwd()));
});

test("offline, the public Sigstore's root is taken as it is brought along, and nobody is asked", async () => {
  const mirror = { url: "http://127.0.0.1:1", root: "/nowhere" };
  const { tlogs, certificateAuthorities, ctlogs, timestampAuthorities } = await trustedRoot({
    offline: true,
    mirror,
  });
  assert.equal(tlogs[0]?.baseUrl, "https://rekor.sigstore.dev");
  assert.ok(certificateAuthorities.some(({ uri }) => uri === "https://fulcio.sigstore.dev"));
  assert.ok(ctlogs.length > 0 && timestampAuthorities.length > 0);
  assert.ok(tlogs.every(({ publicKey }) => (publicKey?.rawBytes?.length ?? 0) > 40));
});

test("the public Sigstore does not vouch for others", async () => {
  await withSigstore({}, async (sigstore) => {
    const bundle = await signWith(sigstore);
    const root = await trustedRoot({ offline: true });
    await failsWith(["verification"], () => verifyKeyless(bundle, undefined, root));
  });
});

test("a trusted root of the user's is what counts", async () => {
  await withSigstore({}, async (sigstore) => {
    await withFolder(async (folder) => {
      const file = join(folder, "trusted_root.json");
      await writeFile(file, sigstore.root);
      await verifyKeyless(await signWith(sigstore), undefined, await trustedRoot({ file }));
    });
  });
  const error = await failsWith(["usage"], () => trustedRoot({ file: "/nowhere/root.json" }));
  assert.match(error.message, /there is no such file. Correct --trusted-root/);
});

/** What is no trusted root, by what is done to one, and what is said of it. */
const WRONG: Readonly<Record<string, readonly [(text: string) => string, RegExp]>> = {
  "no JSON": [() => "-----BEGIN", /it is no JSON/],
  "another document": [() => "{}", /mediaType is missing/],
  "of another version": [(text) => text.replace("0.1", "9.9"), /mediaType is not that of a/],
  "without authorities": [
    (text) => text.replace("certificateAuthorities", "x"),
    /certificateAuthorities is missing/,
  ],
  "with a key of another kind": [
    (text) => text.replace("PKIX_ECDSA_P256_SHA_256", "constructor"),
    /tlogs\[0\].publicKey.keyDetails is of a kind that is not known/,
  ],
  "with a key that is no base64": [
    (text) => text.replace('"rawBytes": "', '"rawBytes": "!'),
    /rawBytes is no base64/,
  ],
  "with a time that is none": [
    (text) => text.replace(/"start": "[^"]+"/, '"start": "soon"'),
    /start is no time/,
  ],
};

for (const [what, [change, says]] of Object.entries(WRONG)) {
  test(`a trusted root ${what} is refused`, async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "root.json");
      await writeFile(file, change(SIGSTORE_ROOT));
      const error = await failsWith(["verification"], () => trustedRoot({ file }));
      assert.match(error.message, says);
    });
  });
}

test.run();
