import type { Manual } from "./manual.ts";
import { SEALED, SEALING, SEALING_EXITS, SIGNABLE } from "./sealing.ts";
import { CONNECTION, HELP_OPTION } from "./shared.ts";

const OWN = {
  predicate: {
    value: "FILE",
    kind: "files",
    fallback: "the SBOMs and the provenance that hang on the image and on each of its images",
    summary: "what to say of the image: a JSON object",
  },
  type: {
    value: "TYPE",
    summary: "what that is: spdx, cyclonedx, provenance, or the address of a predicate type",
  },
} as const;

/** The options of `attest`. */
export type AttestOptions =
  & typeof SEALING
  & typeof OWN
  & typeof SEALED
  & typeof CONNECTION
  & typeof HELP_OPTION;

export const ATTEST: Manual<AttestOptions> = {
  name: "attest",
  usage: "IMAGE… --key KEY|--keyless [--predicate FILE --type TYPE] [option…]",
  about: [
    "Signs what is said of IMAGE, and hangs that on it as a sigstore bundle with an in-toto statement. Without --predicate these are the documents that ATTACH hung there, which nobody has signed yet. IMAGE is one of these:",
    SIGNABLE,
  ],
  operands: "places",
  options: { ...SEALING, ...OWN, ...SEALED, ...CONNECTION, ...HELP_OPTION },
  examples: [
    "registry.example.com/k8s/pause:3.10.2 --key key.pem",
    "registry.example.com/k8s/pause:3.10.2 --keyless",
    "oci:out --key key.pem --predicate scan.json --type https://example.com/scan/v1",
  ],
  exits: SEALING_EXITS,
  more: 'docs/sign.md tells more; "pause-image verify-signature --type TYPE" checks it.',
};
