import { test } from "uvu";
import { REPOSITORY } from "../../store/registry/open.ts";
import { COSIGN, REFERRER, SBOM, testVerdict } from "./rows.ts";
import { keyBundle, messageBundle, referrerOf, statement } from "./signing.ts";
import { AMD64, ROOT, SIG_TAG, TRUSTED } from "./stage.ts";

testVerdict("unsigned", {
  "nothing, of which a registry with the referrers API has an empty list": {},
  "nothing, where neither the referrers API nor the fallback tag is there": {
    habits: { referrersApi: false },
  },
  "an SBOM that nobody signed": { referrers: [SBOM] },
  "a signed attestation, which is no signature": {
    referrers: [referrerOf(ROOT, keyBundle(TRUSTED, statement(ROOT, "https://spdx.dev/Document")))],
  },
  "a signature, where an attestation is looked for": {
    cosign: COSIGN,
    referrers: [REFERRER, referrerOf(ROOT, messageBundle(TRUSTED, ROOT))],
    options: { predicateType: "https://spdx.dev/Document" },
  },
  "a signature of one of its images alone": {
    referrers: [referrerOf(AMD64.manifest, keyBundle(TRUSTED, statement(AMD64.manifest)))],
  },
  "a signature under another algorithm's or image's tag": {
    cosign: COSIGN,
    arrange: ({ repositories }) => {
      const tags = repositories.get(REPOSITORY)?.tags;
      tags?.set("sha256-0.sig", tags.get(SIG_TAG) ?? "");
      tags?.delete(SIG_TAG);
    },
  },
});

test.run();
