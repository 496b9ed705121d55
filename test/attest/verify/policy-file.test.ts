import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Policy } from "../../../build/attest/verify/policy.ts";
import { readPolicyFile } from "../../../build/attest/verify/policy-file.ts";
import { failsWith } from "../../support/fails.ts";
import { withFolder } from "../../support/folder.ts";
import { ecKey } from "./signing.ts";

const ISSUER = "https://token.actions.githubusercontent.com";

/** Reads a policy, beside which there are a.pub, b.pub and key.pem. */
function read(text: string): Promise<Policy> {
  return withFolder(async (folder) => {
    for (const [at, name] of ["a.pub", "b.pub"].entries()) {
      await writeFile(join(folder, name), ecKey(at).publicKey);
    }
    const pem = ecKey(3).privateKey.export({ type: "pkcs8", format: "pem" });
    await writeFile(join(folder, "key.pem"), pem);
    await writeFile(join(folder, "policy.yaml"), text);
    return await readPolicyFile(join(folder, "policy.yaml"));
  });
}

const INLINE = ecKey(5).publicKey.trimEnd().split("\n").join("\n      ");

test("a policy names keys by their files and by themselves, and identities by their issuers", async () => {
  const { signers, threshold } = await read(`
version: 1
threshold: 2
signers:
  - key: a.pub
  - keyData: |
      ${INLINE}
  - identity: https://github.com/example/pause/.github/workflows/release.yml@refs/tags/v1
    issuer: ${ISSUER}
  - identityRegexp: https://github\\.com/example/.*
    issuer: ${ISSUER}
`);
  assert.is(threshold, 2);
  assert.equal(signers.map(({ kind }) => kind), ["key", "key", "identity", "identity"]);
  const [, , exact, pattern] = signers;
  const matches = (signer: typeof exact, text: string): boolean =>
    signer?.kind === "identity" && signer.matches(text);
  const workflow = "https://github.com/example/pause/.github/workflows/release.yml@refs/tags/v1";
  assert.equal([exact, pattern].map((signer) => matches(signer, workflow)), [true, true]);
  assert.equal([exact, pattern].map((signer) => matches(signer, `${workflow}.2`)), [false, true]);
  assert.equal(
    [exact, pattern].map((signer) => matches(signer, `https://a/${workflow}`)),
    [false, false],
  );
});

test("one signature is enough where no threshold is named, and JSON is YAML", async () => {
  const { signers, threshold } = await read('{"version":1,"signers":[{"key":"a.pub"}]}');
  assert.equal([threshold, signers.length], [1, 1]);
});

const WRONG: readonly (readonly [text: string, message: RegExp])[] = [
  ["", /lacks|Expected: a policy/],
  ["version: 2\nsigners: [{ key: a.pub }]", /:1:10: version: Found the number 2/],
  ["version: 1", /signers/],
  ["version: 1\nsigners: []", /:2:10: signers: Found an empty list/],
  [
    "version: 1\nsigners: [{}]",
    /signers\[0\]: It lacks identity and issuer: a signer: key, keyData/,
  ],
  ["version: 1\nsigners:\n  - identity: a", /:3:5: signers\[0\]: It lacks issuer/],
  ["version: 1\nsigners:\n  - identityRegexp: a", /It lacks issuer/],
  ["version: 1\nsigners:\n  - { identityRegexp: '(', issuer: a }", /:3:5: .*no regular expression/],
  ["version: 1\nsigners:\n  - { key: a.pub, issuer: a }", /There is no key "issuer"/],
  ["version: 1\nsigners:\n  - { keys: a.pub }", /signers\[0\].*keys/],
  ["version: 1\nthreshold: 0\nsigners: [{ key: a.pub }]", /threshold: Found the number 0/],
  ["version: 1\nthreshold: 1.5\nsigners: [{ key: a.pub }]", /threshold: Found the number 1\.5/],
  ["version: 1\nthreshold: '2'\nsigners: [{ key: a.pub }]", /threshold: Found "2"/],
  ["version: 1\nthreshold: 2\nsigners: [{ key: a.pub }]", /2 signers are wanted of 1/],
  ["version: 1\nsigners: [{ key: a.pub }, { key: ./a.pub }]", /named before already/],
  ["version: 1\nsigners: [{ key: c.pub }]", /:2:11: .*c\.pub: there is no such file/],
  ["version: 1\nsigners: [{ key: key.pem }]", /it is a private key/],
  ["version: 1\nsigners: [{ keyData: a }]", /no PEM file/],
  ["version: 1\nversion: 1\nsigners: [{ key: a.pub }]", /:2:1: .*key is there already/],
  ["version: 1\nsigners: [{ key: a.pub }]\ntreshold: 2", /Did you mean "threshold"/],
];

for (const [text, message] of WRONG) {
  test(`a wrong policy is refused with the place: ${JSON.stringify(text)}`, async () => {
    assert.match((await failsWith(["usage"], () => read(text))).message, message);
  });
}

test("a policy that is not there is refused", async () => {
  const error = await failsWith(["usage"], () => readPolicyFile("/nowhere/policy.yaml"));
  assert.match(error.message, /\/nowhere\/policy\.yaml: there is no such file/);
});

test.run();
