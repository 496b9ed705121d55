import { Buffer } from "node:buffer";
import { verify } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type KeyOptions, openSigner } from "../../../build/attest/keys/key-source.ts";
import type { Signer } from "../../../build/attest/keys/signer.ts";
import { readTrustedKey } from "../../../build/attest/verify/public-key.ts";
import type { PauseError } from "../../../build/error.ts";
import { failsWith } from "../../support/fails.ts";
import { withFolder } from "../../support/folder.ts";
import * as keys from "./openssl.ts";
import { COSIGNS_KEY, COSIGNS_PASSPHRASE } from "./published.ts";

const BYTES = new TextEncoder().encode("what is signed");

/** Opens a key that a variable holds. */
function opened(text: string, passphrase?: string): Promise<Signer> {
  const secret = passphrase === undefined ? {} : { PAUSE_KEY_PASSPHRASE: passphrase };
  return openSigner("env://KEY", { environment: { KEY: text, ...secret } });
}

/** Opens a key in a file of its own, and keeps the warnings. */
async function fromFile(
  text: string,
  options: Partial<KeyOptions> & { readonly mode?: number; readonly phrase?: string } = {},
): Promise<string[]> {
  return await withFolder(async (folder) => {
    const [file, passphraseFile] = [join(folder, "key.pem"), join(folder, "phrase")];
    const { mode = 0o600, phrase, ...rest } = options;
    await writeFile(file, text);
    await chmod(file, mode);
    if (phrase !== undefined) await writeFile(passphraseFile, phrase);
    const warnings: string[] = [];
    await openSigner(file, {
      environment: {},
      onWarning: (warning) => warnings.push(warning.replaceAll(folder, "")),
      ...(phrase !== undefined && { passphraseFile }),
      ...rest,
    });
    return warnings;
  });
}

async function assertSigns(signer: Signer, publicKey = signer.publicKey): Promise<void> {
  const hash = publicKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  assert.ok(verify(hash, BYTES, publicKey, await signer.sign(BYTES)));
}

const P256: Readonly<Record<string, string>> = {
  "PKCS #8": keys.PLAIN,
  "PKCS #8 with a passphrase": keys.ENCRYPTED,
  "PKCS #8 with a passphrase and scrypt": keys.SCRYPT,
  "SEC 1": keys.SEC1,
  "SEC 1 with a passphrase": keys.SEC1_ENCRYPTED,
  "SEC 1 after its parameters": keys.SEC1_PARAMETERS,
  "PKCS #8 with the line ends of Windows": keys.PLAIN.replaceAll("\n", "\r\n"),
};

for (const [form, text] of Object.entries(P256)) {
  test(`a key of P-256 that openssl wrote as ${form} signs`, async () => {
    const { key, fingerprint } = readTrustedKey(keys.PUBLIC, "p256.pub");
    const signer = await opened(text, keys.PASSPHRASE);
    await assertSigns(signer, key);
    // By which bundles name it: as cosign does.
    assert.is(
      signer.keyHint,
      Buffer.from(fingerprint.slice("sha256:".length), "hex").toString("base64"),
    );
  });
}

for (const text of [keys.ED25519, keys.ED25519_ENCRYPTED]) {
  test(`a key of Ed25519 signs, ${text === keys.ED25519 ? "as it comes" : "encrypted"}`, async () => {
    await assertSigns(await opened(text, keys.PASSPHRASE));
  });
}

test("a key that cosign itself sealed opens with its passphrase, under both of its labels", async () => {
  for (const label of ["SIGSTORE", "COSIGN"]) {
    const text = COSIGNS_KEY.replaceAll("SIGSTORE", label);
    const signer = await opened(text, COSIGNS_PASSPHRASE);
    assert.is(signer.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
    await assertSigns(signer);
  }
});

for (
  const [form, text] of [["PKCS #8", keys.ENCRYPTED], ["SEC 1", keys.SEC1_ENCRYPTED], [
    "cosign's form",
    COSIGNS_KEY,
  ]] as const
) {
  test(`without its passphrase, or with another one, a key in ${form} is refused, and neither is repeated`, async () => {
    const none = await failsWith(["authentication"], () => opened(text));
    assert.match(none.message, "it has a passphrase. Put the right passphrase into the variable");
    const wrong = await failsWith(["authentication"], () => opened(text, "battery staple"));
    assert.match(wrong.message, "its passphrase is another one");
    for (const { message } of [none, wrong]) {
      assert.not.match(message, "battery staple");
      assertNoPart(message, text);
    }
  });
}

/** No line of the key is in the message. */
function assertNoPart(message: string, text: string): void {
  for (const line of text.split("\n").filter((line) => /^[\w+/=]{16,}$/.test(line))) {
    assert.not.ok(message.includes(line.slice(0, 16)), message);
  }
}

const REFUSED: Readonly<Record<string, readonly [text: string, found: string]>> = {
  "a public key": [keys.PUBLIC, "it is a public key"],
  "RSA": [keys.RSA, "it is a key of the kind rsa"],
  "P-384": [keys.P384, "it is a key of the kind secp384r1"],
  "a certificate": [keys.PUBLIC.replaceAll("PUBLIC KEY", "CERTIFICATE"), "it is a certificate"],
  "no PEM": ["hello", "it is no PEM file with one key"],
  "two keys": [keys.PLAIN + keys.ED25519, "it is no PEM file with one key"],
  "a damaged key": [keys.PLAIN.replace(/M(.)/, "A$1"), "it is damaged"],
  "a cosign key that is none": [
    COSIGNS_KEY.replace(/eyJrZGYi/, "AAAAAAAA"),
    "it is no key of cosign's",
  ],
};

for (const [what, [text, found]] of Object.entries(REFUSED)) {
  test(`${what} in place of a key to sign with is refused by name, with what to do`, async () => {
    const { message } = await failsWith(["usage"], () => opened(text, "hello"));
    assert.match(message, `Cannot sign with the key env://KEY: ${found}`);
    assert.match(message, "Name a private key in PEM, of ECDSA P-256 or Ed25519");
    assertNoPart(message, text);
  });
}

test("a cosign key that asks for other work than cosign's do is refused before any is done", async () => {
  for (const cost of [16384, 2 ** 30]) {
    const other = sealedWith((sealed) => sealed.replace('"N":32768', `"N":${cost}`));
    const error = await failsWith(["usage"], () => opened(other, COSIGNS_PASSPHRASE));
    assert.match(error.message, "it is no key of cosign's");
  }
});

function sealedWith(change: (json: string) => string): string {
  const [begin = "", ...lines] = COSIGNS_KEY.trim().split("\n");
  const json = Buffer.from(lines.slice(0, -1).join(""), "base64").toString();
  assert.is.not(change(json), json);
  return [begin, Buffer.from(change(json)).toString("base64"), lines.at(-1), ""].join("\n");
}

test("the passphrase comes from a file, less the end of its line, before any variable", async () => {
  const environment = { PAUSE_KEY_PASSPHRASE: "wrong", COSIGN_PASSWORD: "wrong" };
  for (const end of ["", "\n", "\r\n"]) {
    await fromFile(keys.ENCRYPTED, { phrase: keys.PASSPHRASE + end, environment });
  }
  await failsWith(
    ["authentication"],
    () => fromFile(keys.ENCRYPTED, { phrase: `${keys.PASSPHRASE} \n`, environment }),
  );
});

test("our own variable for the passphrase counts before cosign's", async () => {
  const right = keys.PASSPHRASE;
  await fromFile(keys.ENCRYPTED, { environment: { COSIGN_PASSWORD: right } });
  await fromFile(keys.ENCRYPTED, {
    environment: { PAUSE_KEY_PASSPHRASE: right, COSIGN_PASSWORD: "wrong" },
  });
});

test("a key that others may read is used, and warned of", async () => {
  assert.equal(await fromFile(keys.PLAIN), []);
  for (const mode of [0o640, 0o604]) {
    assert.equal(await fromFile(keys.PLAIN, { mode }), [
      'The key /key.pem can be read by others: "chmod 600 /key.pem" takes that from them.',
    ]);
  }
});

test("a key that is not there is told from one that nobody keeps here", async () => {
  const open = (name: string): Promise<PauseError> =>
    failsWith(["usage"], () => openSigner(name, { environment: { EMPTY: " " } }));
  assert.match((await open("env://NONE")).message, "that variable is not set");
  assert.match((await open("env://EMPTY")).message, "that variable is not set");
  assert.match((await open("/nowhere/key.pem")).message, "there is no such file");
  assert.match((await open("awskms:///alias/key")).message, "keys are files or env://NAME here");
});

test.run();
