import { EXIT_CODES } from "../../error.ts";
import { PREDICATE } from "../../attest/media-types.ts";
import { VERDICT_CODES } from "../../attest/verify/verdict.ts";
import type { Manual } from "./manual.ts";
import { CONNECTION, HELP_OPTION } from "./shared.ts";

/** The types of attestations that have a word. */
export const ATTESTATIONS: Readonly<Record<string, string>> = {
  spdx: PREDICATE.spdx,
  cyclonedx: PREDICATE.cyclonedx,
  provenance: PREDICATE.provenance,
};

const TRUST = {
  key: {
    value: "FILE",
    kind: "files",
    multiple: true,
    summary: "trust the holder of this public key, PEM",
  },
  "certificate-identity": {
    value: "ID",
    multiple: true,
    summary: "trust this identity: a mail address, or the address of a workflow",
  },
  "certificate-identity-regexp": {
    value: "REGEXP",
    multiple: true,
    summary: "trust identities that this matches, all of each",
  },
  "certificate-oidc-issuer": {
    value: "URL",
    summary: "who says so, for all of these identities",
  },
  threshold: {
    value: "N",
    fallback: "1",
    summary: "how many of those that are named have to have signed",
  },
  policy: {
    value: "FILE",
    kind: "files",
    summary: "take all of that from a file, YAML or JSON",
  },
} as const;

const OWN = {
  type: {
    value: "TYPE",
    summary:
      "look for an attestation and not for a signature: spdx, cyclonedx, provenance, or the address of a predicate type",
  },
  platform: {
    value: "LIST",
    kind: "platforms",
    multiple: true,
    summary: "check the images for these by themselves, such as linux/arm64,linux/arm/v7",
  },
  "trusted-root": {
    value: "FILE",
    kind: "files",
    fallback: "Sigstore's",
    summary: "whose certificates and logs count for identities",
  },
  offline: {
    summary: "ask nobody but the image's registry: take Sigstore's trusted root as it is in here",
  },
  timeout: {
    value: "SECONDS",
    fallback: "300",
    summary: "what cannot be read by then could not be found out",
  },
  json: { summary: "print one object of JSON" },
} as const;

/** The options of `verify-signature`. */
export type VerifySignatureOptions =
  & typeof TRUST
  & typeof OWN
  & typeof CONNECTION
  & typeof HELP_OPTION;

export const VERIFY_SIGNATURE: Manual<VerifySignatureOptions> = {
  name: "verify-signature",
  usage: "IMAGE [option…]",
  about: [
    "Says who signed IMAGE: somebody whom you trust, somebody else, nobody, or that it could not be found out. IMAGE is resolved to a digest once; all else is asked for by that, and it is printed, so that you can deploy just what was checked. Signatures are looked for under cosign's tag and among the referrers. IMAGE is one of these, each with :TAG or @DIGEST:",
    [
      ["HOST/NAME", "an image on a registry; foo/bar is docker.io/foo/bar"],
      ["oci:DIR", "an OCI layout"],
      ["oci-archive:FILE", "an archive of one"],
    ],
  ],
  operands: "places",
  options: { ...TRUST, ...OWN, ...CONNECTION, ...HELP_OPTION },
  groups: [{ title: "Who is trusted", options: TRUST }],
  examples: [
    "registry.example.com/k8s/pause:3.10.2 --key cosign.pub",
    "oci:out --policy policy.yaml --offline --json",
  ],
  exits: [
    ["0", "signed by as many as have to, of those who are trusted"],
    [
      `${VERDICT_CODES.untrusted}`,
      "signed by nobody who is trusted, or what is there is no signature over this image",
    ],
    [`${VERDICT_CODES.unsigned}`, "not signed: every place was read, and said so"],
    [`${VERDICT_CODES.unknown}`, "unknown: something could not be read"],
    [`${EXIT_CODES.usage}`, "the words, a key or the policy are wrong"],
  ],
  more: "docs/verify-signature.md has the table of verdicts, and what a policy may hold.",
};
