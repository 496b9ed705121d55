import { VERDICT_EXITS } from "../../make/reproduce/verdict.ts";
import { EXIT_CODES } from "../../error.ts";
import type { Manual } from "./manual.ts";
import { CONNECTION, HELP_OPTION } from "./shared.ts";

const OWN = {
  source: {
    value: "DIR",
    kind: "folders",
    summary: "where the sources are",
    fallback: "here, else those that came along",
  },
  provenance: {
    value: "DIGEST",
    summary: "build by this provenance alone, the digest of what hangs on the image",
    fallback: "by all of them",
  },
  lock: {
    summary: "build what pause.lock.json beside the sources says, and name no image",
  },
  json: { summary: "print one object of JSON" },
} as const;

/** The options of `reproduce`. */
export type ReproduceOptions = typeof OWN & typeof CONNECTION & typeof HELP_OPTION;

export const REPRODUCE: Manual<ReproduceOptions> = {
  name: "reproduce",
  usage: "[IMAGE] [NAME=value…] [option…]",
  about: [
    "Builds IMAGE once more, by what its provenance says of sources, variables and tools, and compares every byte: index, manifests, configurations, layers, programs. Where they differ it says what does. IMAGE is one of these, each with :TAG or @DIGEST; without one, oci:out.",
    [
      ["HOST/NAME", "an image on a registry; foo/bar is docker.io/foo/bar"],
      ["oci:DIR", "an OCI layout"],
      ["oci-archive:FILE", "an archive of one"],
    ],
    "A provenance is a stranger's word: CFLAGS, ENGINE, TOOLCHAIN_IMAGE and BASE, with which programs could be run here, count only when you say the same. Who signed it, verify-signature tells.",
  ],
  operands: "places",
  options: { ...OWN, ...CONNECTION, ...HELP_OPTION },
  examples: ["oci:out", "registry.example.com/k8s/pause:3.10.2 --source ../pause --json"],
  exits: [
    [`${VERDICT_EXITS.identical}`, "identical: every byte is the same"],
    [
      `${VERDICT_EXITS.different}`,
      "different: of the same sources, with the same tools, something else came out; or bytes of IMAGE are not what their digest says",
    ],
    [
      `${VERDICT_EXITS["cannot tell"]}`,
      "cannot tell: there is no provenance, the sources are not at hand, or other tools made other bytes",
    ],
    [`${EXIT_CODES.usage}`, "the words are wrong"],
    [
      (["storage", "registry", "authentication", "interrupted"] as const)
        .map((code) => EXIT_CODES[code]).join(", "),
      'IMAGE could not be read, as "pause-image help" lists them',
    ],
  ],
  more: "docs/reproduce.md says what is compared, and what pause.lock.json holds.",
};
