import { test } from "uvu";
import { content, jsonContent } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { COSIGN, listed, REFERRER, STRANGE, testVerdict } from "./rows.ts";
import {
  BUNDLE,
  type Contents,
  cosignLayer,
  cosignManifest,
  keyBundle,
  manifestOf,
  messageBundle,
  referrerOf,
  simpleSigning,
  statement,
} from "./signing.ts";
import { OTHER, ROOT, TRUSTED } from "./stage.ts";

const annotated = (more: Readonly<Record<string, string>>): Contents =>
  cosignManifest([cosignLayer(TRUSTED, simpleSigning(ROOT), { annotations: more })]);

/** A manifest whose one annotation stands there twice, as no library writes it. */
function twice(contents: Contents): Contents {
  const manifest = manifestOf(contents);
  const text = new TextDecoder().decode(manifest.bytes);
  const again = text.replace(/("dev\.cosignproject\.cosign\/signature":"[^"]*")/, "$1,$1");
  return [...contents.slice(0, -1), content(OCI.manifest, new TextEncoder().encode(again))];
}

testVerdict("untrusted", {
  "a signature by a key that nobody trusts": {
    referrers: [STRANGE],
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
    says: /^it is by a key, and the policy trusts none$/,
  },
  "a signature over another digest": {
    cosign: cosignManifest([cosignLayer(TRUSTED, simpleSigning(OTHER))]),
    says: new RegExp(`^it is over another digest, ${OTHER.descriptor.digest}$`),
  },
  "a bundle over another digest": {
    referrers: [referrerOf(ROOT, keyBundle(TRUSTED, statement(OTHER)))],
    says: /^it is over another digest/,
  },
  "a bundle over the bytes of another index": {
    referrers: [referrerOf(ROOT, messageBundle(TRUSTED, OTHER))],
    says: /^it is over another digest/,
  },
  "a signature that was copied from another payload": {
    cosign: cosignManifest([
      {
        ...cosignLayer(TRUSTED, simpleSigning(ROOT)),
        annotations: cosignLayer(TRUSTED, simpleSigning(OTHER)).annotations,
      },
    ]),
    says: /or over something else$/,
  },
  "a payload of another tool's": {
    cosign: cosignManifest([
      cosignLayer(TRUSTED, {
        ...simpleSigning(ROOT),
        critical: { type: "atomic container signature" },
      }),
    ]),
    says: /critical\.type is not cosign container image signature/,
  },
  "an unknown media type of a layer": {
    cosign: cosignManifest([
      cosignLayer(TRUSTED, simpleSigning(ROOT), { mediaType: "application/example" }),
    ]),
    says: /^it is of the type application\/example, which is not read here$/,
  },
  "an unknown kind of signature among the referrers": {
    referrers: [referrerOf(ROOT, "{}", "application/vnd.cncf.notary.signature")],
    says: /^it is of the type application\/vnd\.cncf\.notary\.signature, which is not read here$/,
  },
  "an unknown payload type of an envelope": {
    referrers: [referrerOf(ROOT, keyBundle(TRUSTED, statement(ROOT), "application/example"))],
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
    says: /_type is not https:\/\/in-toto\.io\/Statement\/v1/,
  },
  "a duplicated annotation": {
    cosign: twice(COSIGN),
    says: /manifest has the key "dev\.cosignproject\.cosign\/signature" twice/,
  },
  "a duplicated annotation of a bundle": {
    referrers: [
      twice(
        referrerOf(ROOT, keyBundle(TRUSTED, statement(ROOT)), BUNDLE, {
          annotations: { "dev.cosignproject.cosign/signature": "a" },
        }),
      ),
    ],
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
    says: /in its signed payload, the key "image" is there twice/,
  },
  "a duplicated key in a statement": {
    referrers: [
      referrerOf(
        ROOT,
        keyBundle(
          TRUSTED,
          JSON.stringify(statement(ROOT)).replace('"_type"', '"subject":[],"_type"'),
        ),
      ),
    ],
    says: /in its statement, the key "subject" is there twice/,
  },
  "a payload that is no JSON": {
    cosign: cosignManifest([cosignLayer(TRUSTED, "{:}")]),
    says: /Cannot read the signed payload: it is no JSON/,
  },
  "a statement that is no JSON": {
    referrers: [referrerOf(ROOT, keyBundle(TRUSTED, "{:}"))],
    says: /Cannot read the in-toto statement: it is no JSON/,
  },
  "a duplicated key in a bundle": {
    referrers: [
      referrerOf(
        ROOT,
        JSON.stringify(keyBundle(TRUSTED, statement(ROOT)))
          .replace('"mediaType"', '"mediaType":"x","mediaType"'),
      ),
    ],
    says: /bundle has the key "mediaType" twice/,
  },
  "a bundle that is none": {
    referrers: [referrerOf(ROOT, "{}")],
    says: /no sigstore bundle/,
  },
  "a bundle of two layers": {
    referrers: [
      referrerOf(ROOT, "{}", BUNDLE, {
        layers: [jsonContent(BUNDLE, {}).descriptor, jsonContent(BUNDLE, {}).descriptor],
      }),
    ],
    says: /has 2 layers, and a bundle is one/,
  },
  "a signature without the signature": {
    cosign: cosignManifest([
      { content: cosignLayer(TRUSTED, simpleSigning(ROOT)).content, annotations: {} },
    ]),
    says: /has no signature/,
  },
  "a signature that is no base64": {
    cosign: annotated({ "dev.cosignproject.cosign/signature": "a b" }),
    says: /no base64/,
  },
  "a certificate that cannot be read": {
    cosign: annotated({ "dev.sigstore.cosign/certificate": "-----BEGIN" }),
    says: /certificate, or its entry in the transparency log, cannot be read/,
  },
  "a list that names what refers to something else": {
    habits: { referrersApi: false },
    referrers: [REFERRER],
    arrange: (registry) =>
      listed(registry, referrerOf(OTHER, keyBundle(TRUSTED, statement(ROOT))), BUNDLE),
    says: /refers to sha256:/,
  },
});

test.run();
