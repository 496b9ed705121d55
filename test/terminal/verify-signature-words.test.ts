import { test } from "uvu";
import * as assert from "uvu/assert";
import { readVerifySignatureWords } from "../../build/terminal/verify-signature-words.ts";
import { failsWith } from "../support/fails.ts";

test("the words are whom to trust and what to check", () => {
  const words = readVerifySignatureWords([
    "ghcr.io/a/b:1",
    "--certificate-identity=a@example.com",
    "--certificate-identity-regexp=b@.*",
    "--certificate-oidc-issuer=https://issuer.example",
    "--key=k.pub",
    "--threshold=2",
    "--type=provenance",
    "--timeout=10",
    "--offline",
  ]);
  assert.equal(words, {
    image: "ghcr.io/a/b:1",
    trust: {
      keys: ["k.pub"],
      identities: ["a@example.com"],
      patterns: ["b@.*"],
      issuer: "https://issuer.example",
      threshold: 2,
    },
    predicateType: "https://slsa.dev/provenance/v1",
    offline: true,
    timeout: 10_000,
    plainHttp: false,
    json: false,
  });
  assert.is(readVerifySignatureWords(["-h"]), "help");
});

const WRONG: readonly (readonly [words: string[], message: RegExp])[] = [
  [[], /takes the name of an image/],
  [["a", "b", "--key", "k"], /2 images are named/],
  [["a"], /nobody is trusted/],
  [["a", "--threshold", "1"], /nobody is trusted/],
  [["a", "--certificate-identity", "b"], /Add --certificate-oidc-issuer/],
  [["a", "--certificate-identity-regexp", "b", "--key", "k"], /Add --certificate-oidc-issuer/],
  [["a", "--key", "k", "--certificate-oidc-issuer", "b"], /would trust all whom it knows/],
  [["a", "--key", "k", "--policy", "p"], /--policy says all/],
  [["a", "--threshold", "1", "--policy", "p"], /--policy says all/],
  [["a", "--key", "k", "--threshold", "0"], /--threshold 0 is no number/],
  [["a", "--key", "k", "--timeout", "1h"], /--timeout 1h is no number/],
  [["a", "--key", "k", "--type", "spdxjson"], /--type spdxjson is none of spdx, cyclonedx/],
  [["a", "--key", "k", "--platform", "a b"], /"a b"/],
  [["a", "--keys", "k"], /--keys.*Did you mean "--key"/],
];

for (const [words, message] of WRONG) {
  test(`wrong words are refused: ${words.join(" ")}`, async () => {
    const error = await failsWith(["usage"], () => readVerifySignatureWords(words));
    assert.match(error.message, message);
  });
}

test.run();
