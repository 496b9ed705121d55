import { EXIT_CODES } from "../../error.ts";
import { DEFAULT_IMAGE, RUNTIMES } from "../../runtimes/table.ts";
import type { Manual } from "./manual.ts";
import { CONNECTION, HELP_OPTION } from "./shared.ts";
import { OUT_OF_DATE } from "./sync.ts";

const OWN = {
  image: {
    value: "REF",
    kind: "places",
    summary: "the image; its registry is asked for the digest when REF has none",
    fallback: DEFAULT_IMAGE as string,
  },
  write: {
    value: "FILE",
    kind: "files",
    summary: "edit FILE in place, or make it; the old one is kept as FILE.bak, and said where",
  },
  diff: { summary: "with --write: write nothing, print what would change" },
  remove: { summary: "with --write, for the kubelet: take the flag out, which 1.35 does not know" },
  offline: { summary: "ask no registry: without a digest the tag stays, and a note says so" },
} as const;

/** The options of `config`. */
export type ConfigOptions = typeof OWN & typeof CONNECTION & typeof HELP_OPTION;

export const CONFIG: Manual<ConfigOptions> = {
  name: "config",
  usage: "RUNTIME [option…]",
  about: [
    "Prints what a runtime has to be told to use a pause image, as a file for it, with the image's digest. Where it goes, and what has to be restarted, is said on stderr. RUNTIME is one of these:",
    RUNTIMES.map(({ name, title, key }) => [name, `${title}: ${key}`]),
  ],
  operands: "runtimes",
  options: { ...OWN, ...CONNECTION, ...HELP_OPTION },
  examples: [
    "k3s --image a.example/pause:3.10 > /etc/rancher/k3s/config.yaml.d/90-pause.yaml",
    "containerd --image a.example/pause:3.10 --write /etc/containerd/config.toml",
    "kubelet --remove --write /var/lib/kubelet/kubeadm-flags.env",
  ],
  exits: [
    ["0", "it is printed, or FILE says so now"],
    [`${OUT_OF_DATE}`, "--diff: FILE would change"],
    [
      `${EXIT_CODES.usage}`,
      "the words are wrong, or FILE cannot be edited, or the image cannot be named there",
    ],
    [
      `${EXIT_CODES.storage}, ${EXIT_CODES.registry}, ${EXIT_CODES.authentication}`,
      "FILE, or the registry, cannot be reached",
    ],
  ],
  more: "docs/runtimes.md says more of each.",
};
