import { test } from "uvu";
import { content } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { REPOSITORY } from "../../store/registry/open.ts";
import type { TestRegistry } from "../../support/registry.ts";
import { replaced, shortened } from "../../support/registry/alterations.ts";
import type { Fault } from "../../support/registry/faults.ts";
import { always, listed, REFERRER, SBOM, STRANGE, testVerdict } from "./rows.ts";
import {
  BUNDLE,
  type Contents,
  cosignLayer,
  cosignManifest,
  keyBundle,
  manifestOf,
  referrerOf,
  simpleSigning,
  statement,
} from "./signing.ts";
import { ROOT, type Scene, STRANGER } from "./stage.ts";

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

testVerdict("unknown", {
  "a list of referrers that fails with 500": {
    ...listFault({ status: 500 }),
    says: /answered 500/,
  },
  "a list of referrers that is refused with 401": {
    ...listFault({ status: 401 }),
    says: /answered 401/,
  },
  "a list of referrers that is refused with 403": {
    ...listFault({ status: 403 }),
    says: /answered 403/,
  },
  "a list of referrers that is cut off": {
    ...listFault({ cutAfter: 20 }),
    referrers: [STRANGE],
    says: /Cannot pull/,
  },
  "a list of referrers that ends early": {
    ...listFault({ alter: shortened(20) }),
    says: /list of referrers is none/,
  },
  "a list of referrers that is no list": {
    ...listFault(sends([])),
    says: /list of referrers is none/,
  },
  "a list of referrers without a list": {
    ...listFault(sends({ schemaVersion: 2, mediaType: OCI.index })),
    says: /list of referrers is none/,
  },
  "a web page in place of the list of referrers": {
    ...listFault(WEB_PAGE),
    says: /answered a web page to the list of referrers/,
  },
  "a list of referrers that says neither that it is empty nor that it is not there": {
    ...listFault({ status: 400 }),
    says: /answered 400 to the list of referrers/,
  },
  "a list of referrers that never comes": {
    ...listFault({ silence: true }),
    store: {
      idleTimeout: 50,
      retry: { statuses: [], attempts: 1, firstDelay: 1, longestDelay: 1 },
    },
    says: /Cannot pull/,
  },
  "a fallback tag that fails": {
    habits: { referrersApi: false },
    arrange: afterImage({ status: 503 }),
    says: /answered 503 to "sha256-/,
  },
  "a fallback tag of which a web page says that it is not there": {
    habits: { referrersApi: false },
    arrange: afterImage({ ...WEB_PAGE, status: 404 }),
    says: /answered 404 to "sha256-/,
  },
  "a signature that is listed and missing": {
    habits: { referrersApi: false },
    referrers: [REFERRER],
    arrange: lost(REFERRER),
    says: /has no manifest "sha256:/,
  },
  "an SBOM that is listed and missing": {
    habits: { referrersApi: false },
    referrers: [SBOM],
    arrange: (registry) => {
      listed(registry, SBOM, "application/spdx+json");
      lost(SBOM)(registry);
    },
    says: /listed as a referrer, and is not there/,
  },
  "a bundle whose bytes are missing": {
    referrers: [REFERRER],
    arrange: ({ repositories }) => repositories.get(REPOSITORY)?.blobs.clear(),
    says: /no blob sha256:/,
  },
  "a bundle of other bytes than those that are listed": {
    referrers: [REFERRER],
    arrange: always("blob", sends({ other: 1 })),
    says: /Cannot use sha256:/,
  },
  "cosign's tag that fails": {
    arrange: always("manifest", { status: 500 }, "HEAD"),
    ref: ROOT.descriptor.digest,
    says: /answered 500/,
  },
  "a stranger's signature, and a place that cannot be read": {
    cosign: cosignManifest([cosignLayer(STRANGER, simpleSigning(ROOT))]),
    arrange: always("referrers", { status: 502 }),
    says: /answered 502/,
  },
  "more referrers than anybody has": {
    referrers: many(1001),
    habits: { pageLimit: 500 },
    says: /more referrers than the 1000 that are read/,
  },
  "more referrers than anybody has, and a trusted key's among them": {
    referrers: [REFERRER, ...many(1000)],
    says: /more referrers than the 1000 that are read/,
  },
  "more signatures than anybody has": {
    referrers: Array.from(
      { length: 101 },
      (_, at) => referrerOf(ROOT, keyBundle(STRANGER, statement(ROOT, undefined, { at }))),
    ),
    says: /more signatures among the referrers than the 100 that are read/,
  },
  "more signatures under cosign's tag than anybody has": {
    cosign: cosignManifest(
      Array.from({ length: 101 }, () => cosignLayer(STRANGER, simpleSigning(ROOT))),
    ),
    says: /more signatures in one manifest than the 100 that are read/,
  },
  "a huge bundle": {
    referrers: [
      referrerOf(ROOT, content(BUNDLE, new Uint8Array(8 * 1024 * 1024 + 1)), BUNDLE),
    ],
    says: /has 8388609 bytes than the 8388608 that are read/,
  },
  "a bundle longer than documents that are read": {
    referrers: [
      referrerOf(ROOT, keyBundle(STRANGER, statement(ROOT, undefined, { x: "a".repeat(4e6) }))),
    ],
    says: /bundle: it has \d+ bytes, more than the 4194304 that are read/,
  },
  "bundles that are huge together": {
    referrers: Array.from(
      { length: 9 },
      (_, at) => referrerOf(ROOT, content(BUNDLE, new Uint8Array(8 * 1024 * 1024).fill(at))),
    ),
    says: /signatures are longer together than the 67108864 that are read/,
  },
  "an image that is not there": { ref: "4.0", says: /has no manifest "4\.0"/ },
  "an image that cannot be read": {
    arrange: always("manifest", { status: 500 }),
    says: /answered 500/,
  },
});

test.run();
