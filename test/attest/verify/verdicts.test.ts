/** The four verdicts. docs/verify-signature.md has a row for each of these tests. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyOf } from "../../../build/attest/verify/policy.ts";
import { readTrustedKey } from "../../../build/attest/verify/public-key.ts";
import type { Verdict } from "../../../build/attest/verify/verdict.ts";
import { content, jsonContent } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { replaced, shortened } from "../../support/registry/alterations.ts";
import type { Fault } from "../../support/registry/faults.ts";
import type { Route } from "../../support/registry/route.ts";
import type { TestRegistry } from "../../support/registry.ts";
import { REPOSITORY } from "../../store/registry/open.ts";
import {
  BUNDLE,
  type Contents,
  cosignLayer,
  cosignManifest,
  ed25519Key,
  keyBundle,
  manifestOf,
  messageBundle,
  referrerOf,
  simpleSigning,
  statement,
} from "./signing.ts";
import {
  AMD64,
  FALLBACK_TAG,
  OTHER,
  reasons,
  ROOT,
  type Scene,
  SIG_TAG,
  STRANGER,
  TRUSTED,
  verdictOn,
} from "./stage.ts";

/** Signatures as they should be, of either scheme. */
const COSIGN = cosignManifest([cosignLayer(TRUSTED, simpleSigning(ROOT))]);
const REFERRER = referrerOf(ROOT, keyBundle(TRUSTED, statement(ROOT)));
const STRANGE = referrerOf(ROOT, keyBundle(STRANGER, statement(ROOT)));
const SBOM = referrerOf(ROOT, "{}", "application/spdx+json");

const always = (route: Route, fault: Fault, method?: string) => (registry: TestRegistry): void =>
  registry.fault({ route, fault, times: 100, ...(method !== undefined && { method }) });

/** Bytes of a document in place of those that were asked for. */
const sends = (value: unknown): Fault => ({
  alter: replaced(new TextEncoder().encode(JSON.stringify(value))),
});

const WEB_PAGE = {
  status: 200,
  headers: { "content-type": "text/html" },
  body: new TextEncoder().encode("<html>"),
};

/** What is read after the image itself has a fault: without the API that is the fallback tag. */
const afterImage = (fault: Fault) => (registry: TestRegistry): void =>
  registry.fault({ route: "manifest", method: "GET", nth: 2, times: 100, fault });

/** Only the list of referrers has a fault; nothing lies under cosign's tag. */
const listFault = (fault: Fault): Scene => ({ arrange: always("referrers", fault) });

function lost(...contents: readonly Contents[]): (registry: TestRegistry) => void {
  return ({ repositories }) => {
    const repository = repositories.get(REPOSITORY);
    for (const made of contents) repository?.manifests.delete(manifestOf(made).descriptor.digest);
  };
}

function many(count: number): readonly Contents[] {
  return Array.from(
    { length: count },
    (_, at) => referrerOf(ROOT, `{"at":${at}}`, "application/example"),
  );
}

interface Row extends Scene {
  readonly verdict: Verdict;
  /** What is said of what does not count, or cannot be read. @default nothing is said */
  readonly says?: RegExp;
}

const annotated = (more: Readonly<Record<string, string>>): Contents =>
  cosignManifest([cosignLayer(TRUSTED, simpleSigning(ROOT), { annotations: more })]);

/** A manifest whose one annotation stands there twice, as no library writes it. */
function twice(contents: Contents): Contents {
  const manifest = manifestOf(contents);
  const text = new TextDecoder().decode(manifest.bytes);
  const again = text.replace(/("dev\.cosignproject\.cosign\/signature":"[^"]*")/, "$1,$1");
  return [...contents.slice(0, -1), content(OCI.manifest, new TextEncoder().encode(again))];
}

const ROWS: Readonly<Record<string, Row>> = {
  "a trusted key's signature under cosign's tag": { cosign: COSIGN, verdict: "signed" },
  "a trusted key's bundle among the referrers": { referrers: [REFERRER], verdict: "signed" },
  "a trusted key's bundle under the fallback tag": {
    referrers: [REFERRER],
    habits: { referrersApi: false },
    verdict: "signed",
  },
  "a trusted key's bundle over the bytes of the index": {
    referrers: [referrerOf(ROOT, messageBundle(TRUSTED, ROOT))],
    verdict: "signed",
  },
  "a valid signature among broken ones": {
    cosign: cosignManifest([
      cosignLayer(TRUSTED, simpleSigning(OTHER)),
      cosignLayer(TRUSTED, simpleSigning(ROOT)),
      cosignLayer(STRANGER, simpleSigning(ROOT)),
    ]),
    verdict: "signed",
    says: /(?=[^]*another digest)(?=[^]*a key that the policy does not trust)/,
  },
  "a valid signature, and a place that cannot be read": {
    cosign: COSIGN,
    arrange: always("referrers", { status: 500 }),
    verdict: "signed",
    says: /answered 500/,
  },

  "a signature by a key that nobody trusts": {
    referrers: [STRANGE],
    verdict: "untrusted",
    says: /^it is by a key that the policy does not trust/,
  },
  "a signature by a key, where identities are trusted": {
    cosign: COSIGN,
    options: {
      policy: {
        signers: [{ kind: "identity", name: "a", issuer: "b", matches: () => true }],
        threshold: 1,
      },
    },
    verdict: "untrusted",
    says: /^it is by a key, and the policy trusts none$/,
  },
  "a signature over another digest": {
    cosign: cosignManifest([cosignLayer(TRUSTED, simpleSigning(OTHER))]),
    verdict: "untrusted",
    says: new RegExp(`^it is over another digest, ${OTHER.descriptor.digest}$`),
  },
  "a bundle over another digest": {
    referrers: [referrerOf(ROOT, keyBundle(TRUSTED, statement(OTHER)))],
    verdict: "untrusted",
    says: /^it is over another digest/,
  },
  "a bundle over the bytes of another index": {
    referrers: [referrerOf(ROOT, messageBundle(TRUSTED, OTHER))],
    verdict: "untrusted",
    says: /^it is over another digest/,
  },
  "a signature that was copied from another payload": {
    cosign: cosignManifest([
      {
        ...cosignLayer(TRUSTED, simpleSigning(ROOT)),
        annotations: cosignLayer(TRUSTED, simpleSigning(OTHER)).annotations,
      },
    ]),
    verdict: "untrusted",
    says: /or over something else$/,
  },
  "a payload of another tool's": {
    cosign: cosignManifest([
      cosignLayer(TRUSTED, {
        ...simpleSigning(ROOT),
        critical: { type: "atomic container signature" },
      }),
    ]),
    verdict: "untrusted",
    says: /critical\.type is not cosign container image signature/,
  },
  "an unknown media type of a layer": {
    cosign: cosignManifest([
      cosignLayer(TRUSTED, simpleSigning(ROOT), { mediaType: "application/example" }),
    ]),
    verdict: "untrusted",
    says: /^it is of the type application\/example, which is not read here$/,
  },
  "an unknown kind of signature among the referrers": {
    referrers: [referrerOf(ROOT, "{}", "application/vnd.cncf.notary.signature")],
    verdict: "untrusted",
    says: /^it is of the type application\/vnd\.cncf\.notary\.signature, which is not read here$/,
  },
  "an unknown payload type of an envelope": {
    referrers: [referrerOf(ROOT, keyBundle(TRUSTED, statement(ROOT), "application/example"))],
    verdict: "untrusted",
    says: /payload is of the type application\/example/,
  },
  "an unknown version of a statement": {
    referrers: [
      referrerOf(
        ROOT,
        keyBundle(
          TRUSTED,
          statement(ROOT, undefined, { _type: "https://in-toto.io/Statement/v0.1" }),
        ),
      ),
    ],
    verdict: "untrusted",
    says: /_type is not https:\/\/in-toto\.io\/Statement\/v1/,
  },
  "a duplicated annotation": {
    cosign: twice(COSIGN),
    verdict: "untrusted",
    says: /manifest has the key "dev\.cosignproject\.cosign\/signature" twice/,
  },
  "a duplicated key in a payload": {
    cosign: cosignManifest([
      cosignLayer(
        TRUSTED,
        JSON.stringify(simpleSigning(ROOT)).replace(
          '"type"',
          '"im\\u0061ge":{"docker-manifest-digest":"x"},"type"',
        ),
      ),
    ]),
    verdict: "untrusted",
    says: /payload has the key "image" twice/,
  },
  "a duplicated key in a bundle": {
    referrers: [
      referrerOf(
        ROOT,
        JSON.stringify(keyBundle(TRUSTED, statement(ROOT)))
          .replace('"mediaType"', '"mediaType":"x","mediaType"'),
      ),
    ],
    verdict: "untrusted",
    says: /bundle has the key "mediaType" twice/,
  },
  "a bundle that is none": {
    referrers: [referrerOf(ROOT, "{}")],
    verdict: "untrusted",
    says: /no sigstore bundle/,
  },
  "a bundle of two layers": {
    referrers: [
      referrerOf(ROOT, "{}", BUNDLE, {
        layers: [jsonContent(BUNDLE, {}).descriptor, jsonContent(BUNDLE, {}).descriptor],
      }),
    ],
    verdict: "untrusted",
    says: /has 2 layers, and a bundle is one/,
  },
  "a signature without the signature": {
    cosign: cosignManifest([
      { content: cosignLayer(TRUSTED, simpleSigning(ROOT)).content, annotations: {} },
    ]),
    verdict: "untrusted",
    says: /has no signature/,
  },
  "a signature that is no base64": {
    cosign: annotated({ "dev.cosignproject.cosign/signature": "a b" }),
    verdict: "untrusted",
    says: /no base64/,
  },
  "a certificate that cannot be read": {
    cosign: annotated({ "dev.sigstore.cosign/certificate": "-----BEGIN" }),
    verdict: "untrusted",
    says: /certificate, or its entry in the transparency log, cannot be read/,
  },
  "a list that names what refers to something else": {
    habits: { referrersApi: false },
    referrers: [REFERRER],
    arrange: ({ repositories }) => {
      const repository = repositories.get(REPOSITORY);
      const other = referrerOf(OTHER, keyBundle(TRUSTED, statement(ROOT)));
      const list = jsonContent(OCI.index, {
        schemaVersion: 2,
        mediaType: OCI.index,
        manifests: [{ ...manifestOf(other).descriptor, artifactType: BUNDLE }],
      });
      for (const { descriptor, bytes } of [manifestOf(other), list]) {
        repository?.manifests.set(descriptor.digest, { mediaType: descriptor.mediaType, bytes });
      }
      repository?.tags.set(FALLBACK_TAG, list.descriptor.digest);
    },
    verdict: "untrusted",
    says: /refers to sha256:/,
  },

  "nothing, of which a registry with the referrers API has an empty list": { verdict: "unsigned" },
  "nothing, where neither the referrers API nor the fallback tag is there": {
    habits: { referrersApi: false },
    verdict: "unsigned",
  },
  "an SBOM that nobody signed": { referrers: [SBOM], verdict: "unsigned" },
  "a signed attestation, which is no signature": {
    referrers: [referrerOf(ROOT, keyBundle(TRUSTED, statement(ROOT, "https://spdx.dev/Document")))],
    verdict: "unsigned",
  },
  "a signature of one of its images alone": {
    referrers: [referrerOf(AMD64.manifest, keyBundle(TRUSTED, statement(AMD64.manifest)))],
    verdict: "unsigned",
  },
  "a signature under another algorithm's or image's tag": {
    cosign: COSIGN,
    arrange: ({ repositories }) => {
      const tags = repositories.get(REPOSITORY)?.tags;
      tags?.set("sha256-0.sig", tags.get(SIG_TAG) ?? "");
      tags?.delete(SIG_TAG);
    },
    verdict: "unsigned",
  },

  "a list of referrers that fails with 500": {
    ...listFault({ status: 500 }),
    verdict: "unknown",
    says: /answered 500/,
  },
  "a list of referrers that is refused with 401": {
    ...listFault({ status: 401 }),
    verdict: "unknown",
    says: /answered 401/,
  },
  "a list of referrers that is refused with 403": {
    ...listFault({ status: 403 }),
    verdict: "unknown",
    says: /answered 403/,
  },
  "a list of referrers that is cut off": {
    ...listFault({ cutAfter: 20 }),
    referrers: [STRANGE],
    verdict: "unknown",
    says: /Cannot pull/,
  },
  "a list of referrers that ends early": {
    ...listFault({ alter: shortened(20) }),
    verdict: "unknown",
    says: /list of referrers is none/,
  },
  "a list of referrers that is no list": {
    ...listFault(sends([])),
    verdict: "unknown",
    says: /list of referrers is none/,
  },
  "a list of referrers without a list": {
    ...listFault(sends({ schemaVersion: 2, mediaType: OCI.index })),
    verdict: "unknown",
    says: /list of referrers is none/,
  },
  "a web page in place of the list of referrers": {
    ...listFault(WEB_PAGE),
    verdict: "unknown",
    says: /answered a web page to the list of referrers/,
  },
  "a list of referrers that says neither that it is empty nor that it is not there": {
    ...listFault({ status: 400 }),
    verdict: "unknown",
    says: /answered 400 to the list of referrers/,
  },
  "a list of referrers that never comes": {
    ...listFault({ silence: true }),
    store: {
      idleTimeout: 50,
      retry: { statuses: [], attempts: 1, firstDelay: 1, longestDelay: 1 },
    },
    verdict: "unknown",
    says: /Cannot pull/,
  },
  "a fallback tag that fails": {
    habits: { referrersApi: false },
    arrange: afterImage({ status: 503 }),
    verdict: "unknown",
    says: /answered 503 to "sha256-/,
  },
  "a fallback tag of which a web page says that it is not there": {
    habits: { referrersApi: false },
    arrange: afterImage({ ...WEB_PAGE, status: 404 }),
    verdict: "unknown",
    says: /answered 404 to "sha256-/,
  },
  "a signature that is listed and missing": {
    habits: { referrersApi: false },
    referrers: [REFERRER],
    arrange: lost(REFERRER),
    verdict: "unknown",
    says: /has no manifest "sha256:/,
  },
  "an SBOM that is listed and missing": {
    habits: { referrersApi: false },
    referrers: [SBOM],
    arrange: ({ repositories }) => {
      const repository = repositories.get(REPOSITORY);
      const list = jsonContent(OCI.index, {
        schemaVersion: 2,
        mediaType: OCI.index,
        manifests: [{ ...manifestOf(SBOM).descriptor, artifactType: "application/spdx+json" }],
      });
      repository?.manifests.set(list.descriptor.digest, {
        mediaType: OCI.index,
        bytes: list.bytes,
      });
      repository?.tags.set(FALLBACK_TAG, list.descriptor.digest);
      repository?.manifests.delete(manifestOf(SBOM).descriptor.digest);
    },
    verdict: "unknown",
    says: /listed as a referrer, and is not there/,
  },
  "a bundle whose bytes are missing": {
    referrers: [REFERRER],
    arrange: ({ repositories }) => repositories.get(REPOSITORY)?.blobs.clear(),
    verdict: "unknown",
    says: /no blob sha256:/,
  },
  "a bundle of other bytes than those that are listed": {
    referrers: [REFERRER],
    arrange: always("blob", sends({ other: 1 })),
    verdict: "unknown",
    says: /Cannot use sha256:/,
  },
  "cosign's tag that fails": {
    arrange: always("manifest", { status: 500 }, "HEAD"),
    ref: ROOT.descriptor.digest,
    verdict: "unknown",
    says: /answered 500/,
  },
  "a stranger's signature, and a place that cannot be read": {
    cosign: cosignManifest([cosignLayer(STRANGER, simpleSigning(ROOT))]),
    arrange: always("referrers", { status: 502 }),
    verdict: "unknown",
    says: /answered 502/,
  },
  "more referrers than anybody has": {
    referrers: many(1001),
    habits: { pageLimit: 500 },
    verdict: "unknown",
    says: /more referrers than the 1000 that are read/,
  },
  "more referrers than anybody has, and a trusted key's among them": {
    referrers: [REFERRER, ...many(1000)],
    verdict: "unknown",
    says: /more referrers than the 1000 that are read/,
  },
  "more signatures than anybody has": {
    referrers: Array.from(
      { length: 101 },
      (_, at) => referrerOf(ROOT, keyBundle(STRANGER, statement(ROOT, undefined, { at }))),
    ),
    verdict: "unknown",
    says: /more signatures among the referrers than the 100 that are read/,
  },
  "more signatures under cosign's tag than anybody has": {
    cosign: cosignManifest(
      Array.from({ length: 101 }, () => cosignLayer(STRANGER, simpleSigning(ROOT))),
    ),
    verdict: "unknown",
    says: /more signatures in one manifest than the 100 that are read/,
  },
  "a huge bundle": {
    referrers: [
      referrerOf(ROOT, content(BUNDLE, new Uint8Array(8 * 1024 * 1024 + 1)), BUNDLE),
    ],
    verdict: "unknown",
    says: /has 8388609 bytes than the 8388608 that are read/,
  },
  "an image that is not there": { ref: "4.0", verdict: "unknown", says: /has no manifest "4\.0"/ },
  "an image that cannot be read": {
    arrange: always("manifest", { status: 500 }),
    verdict: "unknown",
    says: /answered 500/,
  },
};

for (const [name, { verdict, says, ...scene }] of Object.entries(ROWS)) {
  test(`${verdict}: ${name}`, async () => {
    const verified = await verdictOn(scene);
    assert.is(verified.verdict, verdict, reasons(verified).join("\n"));
    assert.match(reasons(verified).join("\n"), says ?? /^$/);
  });
}

test("Ed25519 signs as ECDSA does", async () => {
  const key = ed25519Key(3);
  const options = { policy: policyOf([readTrustedKey(key.publicKey, "ed.pub")], 1) };
  const cosign = cosignManifest([cosignLayer(key, simpleSigning(ROOT))]);
  assert.is((await verdictOn({ cosign, options })).verdict, "signed");
  const referrers = [referrerOf(ROOT, keyBundle(key, statement(ROOT)))];
  assert.is((await verdictOn({ referrers, options })).verdict, "signed");
});

test.run();
