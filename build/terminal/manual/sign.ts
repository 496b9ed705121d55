import type { Manual } from "./manual.ts";
import { SEALED, SEALING, SEALING_EXITS, SIGNABLE } from "./sealing.ts";
import { CONNECTION, HELP_OPTION } from "./shared.ts";

const OWN = {
  form: {
    value: "FORM",
    choices: ["both", "tag", "referrer"],
    fallback: "both",
    summary:
      "where the signature is kept: under cosign's tag sha256-….sig, as a referrer that is a sigstore bundle",
  },
} as const;

/** The options of `sign`. */
export type SignOptions =
  & typeof SEALING
  & typeof OWN
  & typeof SEALED
  & typeof CONNECTION
  & typeof HELP_OPTION;

export const SIGN: Manual<SignOptions> = {
  name: "sign",
  usage: "IMAGE… --key KEY|--keyless [option…]",
  about: [
    "Signs IMAGE, and each image of an index by itself: nodes check the one that they run. IMAGE is resolved to a digest once, and that is what is signed. Signatures of others stay; what the key has signed already is left as it is. IMAGE is one of these:",
    SIGNABLE,
    '"pause-image verify-signature" checks these signatures; so do cosign, and podman, skopeo and CRI-O where they are built with sigstore.',
  ],
  operands: "places",
  options: { ...SEALING, ...OWN, ...SEALED, ...CONNECTION, ...HELP_OPTION },
  examples: [
    "registry.example.com/k8s/pause:3.10.2 --key key.pem",
    "registry.example.com/k8s/pause:3.10.2 --keyless",
    "oci:out --key env://SIGNING_KEY --as registry.example.com/k8s/pause",
  ],
  exits: SEALING_EXITS,
  more: "docs/sign.md says how to make a key, and how nodes are told to ask for signatures.",
};
