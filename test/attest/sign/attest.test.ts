import { test } from "uvu";
import * as assert from "uvu/assert";
import { attach, attachments } from "../../../build/attest/attach.ts";
import { ARTIFACT, PREDICATE } from "../../../build/attest/media-types.ts";
import { attestImage } from "../../../build/attest/sign/attest.ts";
import { signImage } from "../../../build/attest/sign/sign.ts";
import { readStatement, statement, statementBytes } from "../../../build/attest/statement.ts";
import { content } from "../../../build/oci/descriptor.ts";
import type { Store } from "../../../build/store/store.ts";
import { failsWith } from "../../support/fails.ts";
import {
  countReferrers,
  DIGESTS,
  IMAGES,
  NAME,
  OURS,
  ROOT,
  sealOf,
  stored,
  TAG,
  THEIRS,
  verdicts,
} from "./stage.ts";

const ALL = ["signed", "signed", "signed"];
const ROOT_ALONE = ["unsigned", "unsigned", "signed"];
const SEAL = sealOf(OURS);
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** What is said of all of them at once, as a provenance does. */
const PROVENANCE = statement(
  DIGESTS.map((digest) => ({ name: "pause", digest: { sha256: digest.slice("sha256:".length) } })),
  PREDICATE.provenance,
  { buildDefinition: {} },
);

/** A store in which the index and each of its images have SBOMs and a provenance, unsigned. */
async function withDocuments(): Promise<Store> {
  const store = await stored();
  for (const { descriptor } of [...IMAGES.map(({ manifest }) => manifest), ROOT]) {
    for (const type of ["spdx", "cyclonedx"] as const) {
      const document = content(ARTIFACT[type], encode({ of: descriptor.digest }));
      await attach(store, descriptor, { artifactType: ARTIFACT[type], document });
    }
    const document = content(ARTIFACT.statement, statementBytes(PROVENANCE));
    await attach(store, descriptor, { artifactType: ARTIFACT.statement, document });
  }
  return store;
}

test("the documents that hang on an index and on its images are signed, each by itself", async () => {
  const store = await withDocuments();
  const attested = await attestImage(store, TAG, SEAL, { name: NAME });
  assert.is(attested.length, 9);
  for (const type of [PREDICATE.spdx, PREDICATE.cyclonedx, PREDICATE.provenance]) {
    assert.equal(await verdicts(store, [OURS], type), ALL);
    assert.equal(new Set(await verdicts(store, [THEIRS], type)), new Set(["untrusted"]));
  }
  // Whoever says what is in an image does not say that it may run.
  assert.equal(new Set(await verdicts(store, [OURS])), new Set(["unsigned"]));
});

test("an SBOM becomes the predicate of a statement; a statement is signed byte for byte", async () => {
  const store = await withDocuments();
  await attestImage(store, TAG, SEAL, { name: NAME, recursive: false });
  const payloads = new Map<string, Uint8Array>();
  const isBundle = (type: string): boolean => type === ARTIFACT.bundle;
  const { digest } = ROOT.descriptor;
  for await (const { document, annotations } of attachments(store, digest, isBundle)) {
    const { dsseEnvelope } = JSON.parse(new TextDecoder().decode(document.bytes)) as {
      readonly dsseEnvelope: { readonly payload: string };
    };
    const payload = Uint8Array.from(atob(dsseEnvelope.payload), (char) => char.charCodeAt(0));
    payloads.set(annotations["dev.sigstore.bundle.predicateType"] ?? "", payload);
  }
  assert.equal(payloads.get(PREDICATE.provenance), statementBytes(PROVENANCE));
  assert.equal(readStatement(payloads.get(PREDICATE.spdx) ?? new Uint8Array()), {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: NAME, digest: { sha256: digest.slice("sha256:".length) } }],
    predicateType: PREDICATE.spdx,
    predicate: { of: digest },
  });
});

test("attesting twice adds nothing, and says so", async () => {
  const store = await withDocuments();
  await attestImage(store, TAG, SEAL, { name: NAME });
  const before = await countReferrers(store, ROOT.descriptor.digest);
  const again = await attestImage(store, TAG, SEAL, { name: NAME });
  assert.equal(new Set(again.map(({ outcome }) => outcome)), new Set(["present"]));
  assert.is(await countReferrers(store, ROOT.descriptor.digest), before);
});

test("a signature and an attestation stand beside each other", async () => {
  const store = await withDocuments();
  await signImage(store, TAG, SEAL, { name: NAME });
  await attestImage(store, TAG, SEAL, { name: NAME });
  assert.equal(await verdicts(store, [OURS]), ALL);
  assert.equal(await verdicts(store, [OURS], PREDICATE.spdx), ALL);
});

test("what the caller says is said of what was named, and of nothing below it", async () => {
  const store = await withDocuments();
  const predicateType = "https://example.com/scan/v1";
  const claim = { predicateType, predicate: { found: 0 } };
  const attested = await attestImage(store, TAG, SEAL, { name: NAME, claim });
  assert.is(attested.length, 1);
  assert.equal(await verdicts(store, [OURS], predicateType), ROOT_ALONE);
  assert.equal(new Set(await verdicts(store, [OURS], PREDICATE.spdx)), new Set(["unsigned"]));
});

test("where nothing hangs there is nothing to sign, and what to do is said", async () => {
  const attesting = async (): Promise<unknown> =>
    attestImage(await stored(), TAG, SEAL, { name: NAME });
  const { message } = await failsWith(["usage"], attesting);
  assert.match(message, `Cannot attest ${NAME}: no SBOM and no provenance hangs on it`);
  assert.match(message, "--predicate FILE --type TYPE");
});

/** What might hang there, and why it is not signed. */
const REFUSED: Readonly<Record<string, readonly [bytes: Uint8Array, found: RegExp]>> = {
  "a statement about another image": [
    statementBytes(statement([{ digest: { sha256: "0".repeat(64) } }], "https://a.example/v1", {})),
    /is about something else/,
  ],
  "a statement of another version": [
    encode({ ...PROVENANCE, _type: "https://in-toto.io/Statement/v0.1" }),
    /Cannot read the in-toto statement: _type is not/,
  ],
  "a statement that is no JSON": [new TextEncoder().encode("{"), /it is no JSON/],
};

for (const [what, [bytes, found]] of Object.entries(REFUSED)) {
  test(`${what} is not signed`, async () => {
    const store = await stored();
    const document = content(ARTIFACT.statement, bytes);
    await attach(store, ROOT.descriptor, { artifactType: ARTIFACT.statement, document });
    const attesting = (): Promise<unknown> => attestImage(store, TAG, SEAL, { name: NAME });
    assert.match((await failsWith(["verification"], attesting)).message, found);
    assert.is(await countReferrers(store, ROOT.descriptor.digest), 1);
  });
}

test("what would be too long to be read again is not signed", async () => {
  const store = await stored();
  const claim = { predicateType: "https://a.example/v1", predicate: { a: "b".repeat(4_000_000) } };
  const attesting = (): Promise<unknown> => attestImage(store, TAG, SEAL, { name: NAME, claim });
  assert.match((await failsWith(["usage"], attesting)).message, "more than 4194304 are not read");
  assert.is(await countReferrers(store, ROOT.descriptor.digest), 0);
});

test.run();
