import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  countTrusted,
  identityPattern,
  policyOf,
  type ProvenSigner,
  type TrustedKey,
  type TrustedSigner,
} from "../../../build/attest/verify/policy.ts";
import { readTrustedKey } from "../../../build/attest/verify/public-key.ts";
import { sha256 } from "../../../build/oci/digest.ts";
import { failsWith } from "../../support/fails.ts";
import { AUTHORITY } from "../../support/certificates.ts";
import { ecKey, ed25519Key } from "./signing.ts";

const ISSUER = "https://issuer.example";

const ONE: TrustedKey = readTrustedKey(ecKey(1).publicKey, "1.pub");
const TWO: TrustedKey = readTrustedKey(ecKey(2).publicKey, "2.pub");

const identity = (name: string): TrustedSigner => ({
  kind: "identity",
  name,
  issuer: ISSUER,
  matches: identityPattern(name),
});

const by = (identity: string, issuer = ISSUER): ProvenSigner => ({
  kind: "identity",
  identity,
  issuer,
});
const byKey = ({ fingerprint }: TrustedKey): ProvenSigner => ({ kind: "key", fingerprint });

test("a signer counts once, however often they signed", () => {
  const policy = policyOf([ONE, TWO], 2);
  assert.is(countTrusted(policy, [byKey(ONE), byKey(ONE)]), 1);
  assert.is(countTrusted(policy, [byKey(ONE), byKey(TWO)]), 2);
  assert.is(countTrusted(policy, []), 0);
});

test("a pattern that fits several people counts once, and one person counts for one pattern", () => {
  const any = policyOf([identity(".*"), ONE], 2);
  assert.is(countTrusted(any, [by("ann@example.com"), by("bob@example.com")]), 1);
  const both = policyOf([identity("ann@.*"), identity(".*@example\\.com")], 2);
  assert.is(countTrusted(both, [by("ann@example.com")]), 1);
  assert.is(countTrusted(both, [by("ann@example.com"), by("bob@example.com")]), 2);
});

test("signers are told apart so that as many as possible count, in whatever order they come", () => {
  const policy = policyOf([identity(".*@example\\.com"), identity("ann@.*")], 2);
  const [ann, bob] = [by("ann@example.com"), by("bob@example.com")];
  assert.is(countTrusted(policy, [ann, bob]), 2);
  assert.is(countTrusted(policy, [bob, ann]), 2);
  assert.is(countTrusted(policy, [ann, by("ann@other.example")]), 2);
});

test("an identity counts only with its issuer, all of it", () => {
  const policy = policyOf([identity("ann@example\\.com")], 1);
  assert.is(countTrusted(policy, [by("ann@example.com", "https://other.example")]), 0);
  assert.is(countTrusted(policy, [by("ann@example.com", `${ISSUER}/`)]), 0);
  assert.is(countTrusted(policy, [by("ann@example.com")]), 1);
});

test("a pattern has to fit the whole identity", () => {
  const matches = identityPattern("https://github\\.com/example/a|https://github\\.com/example/b");
  assert.ok(matches("https://github.com/example/a"));
  assert.ok(matches("https://github.com/example/b"));
  assert.not(matches("https://github.com/example/ab"));
  assert.not(matches("https://evil.example/https://github.com/example/b"));
  assert.not(matches("https://github.com/example/b\n"));
});

const WRONG: readonly (readonly [name: string, act: () => unknown, message: RegExp])[] = [
  ["nobody", () => policyOf([], 1), /trusts nobody/],
  ["a key twice", () => policyOf([ONE, TWO, ONE], 1), /1\.pub is named before already/],
  ["an identity twice", () => policyOf([identity("a"), identity("a")], 1), /a is named before/],
  ["a threshold of more than there are", () => policyOf([ONE], 2), /2 signers are wanted of 1/],
  ["a pattern that is none", () => identityPattern("("), /"\(".*no regular expression/],
  ["a pattern of two halves", () => identityPattern("a)|(?:b"), /no regular expression/],
];

for (const [name, act, message] of WRONG) {
  test(`a policy is refused that has ${name}`, async () => {
    assert.match((await failsWith(["usage"], act)).message, message);
  });
}

const pem = (label: string): string => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;
const PKCS8 = String(ecKey(1).privateKey.export({ type: "pkcs8", format: "pem" }));

const pub = (...lines: string[]): string =>
  ["-----BEGIN PUBLIC KEY-----", ...lines, "-----END PUBLIC KEY-----", ""].join("\n");

/** Made by openssl: a key of RSA with 1024 bits, and one of X25519, which signs nothing. */
const RSA_1024 = pub(
  "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC4mL3SgJn679VbEbdTcr64OwGn",
  "UMLEPLZdViArWPdoZuEShrdu6UEOQ1rfe8KMgG+qjU6ebt6XWAkYEVKr3lZpCYNy",
  "KMNO99V7Oq/5UZ6EGDGmCwevLqPppPK9AMpr0lveUKT28V+XTRtMdjEK9b88q2WW",
  "bx2974/dYLtjvs/vgwIDAQAB",
);
const X25519 = pub("MCowBQYDK2VuAyEAd3eg86s8lx6Q+KQLL/dPtZZ9dDC67cbKvmRHYFXcl1w=");

const KEYS: readonly (readonly [name: string, text: string, message: RegExp])[] = [
  ["a private key", PKCS8, /it is a private key/],
  ["cosign's private key", pem("ENCRYPTED SIGSTORE PRIVATE KEY"), /it is a private key/],
  ["a certificate", AUTHORITY, /it is a certificate/],
  ["a request for a certificate", pem("CERTIFICATE REQUEST"), /it is a certificate request/],
  ["two keys", ecKey(1).publicKey + ecKey(2).publicKey, /no PEM file with one key/],
  ["no PEM", "ssh-ed25519 AAAA", /no PEM file with one key/],
  ["a PEM of nothing", pem("PUBLIC KEY"), /it cannot be read/],
  ["a short key of RSA", RSA_1024, /its 1024 bits are too few/],
  ["a key that signs nothing", X25519, /it is a key of the kind x25519/],
  ["an empty file", "", /no PEM file with one key/],
];

for (const [name, text, message] of KEYS) {
  test(`${name} is no key to check with`, async () => {
    const error = await failsWith(["usage"], () => readTrustedKey(text, "some.pub"));
    assert.match(error.message, message);
    assert.match(error.message, /some\.pub/);
  });
}

test("a key is known by the digest of its SubjectPublicKeyInfo", () => {
  for (const key of [ecKey(1), ed25519Key(1)]) {
    const [, base64 = ""] = /-----\n([^-]*)\n-----/.exec(key.publicKey) ?? [];
    const der = Uint8Array.from(atob(base64.replaceAll("\n", "")), (char) => char.charCodeAt(0));
    assert.is(readTrustedKey(key.publicKey, "a.pub").fingerprint, sha256(der));
  }
});

test.run();
