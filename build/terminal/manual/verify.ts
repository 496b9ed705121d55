import { EXIT_CODES } from "../../error.ts";
import type { Manual } from "./manual.ts";
import { CONNECTION, HELP_OPTION } from "./shared.ts";

const OWN = {
  platform: {
    value: "LIST",
    kind: "platforms",
    multiple: true,
    summary: "only these, such as linux/arm64,linux/arm/v7",
  },
  static: { summary: "run nothing: only the rows about the image and the program's file" },
  format: {
    value: "NAME",
    choices: ["table", "json", "tap"],
    fallback: "table",
    summary: "how to print the rows",
  },
  json: { summary: "--format json" },
} as const;

/** The options of `verify`. */
export type VerifyOptions = typeof OWN & typeof CONNECTION & typeof HELP_OPTION;

export const VERIFY: Manual<VerifyOptions> = {
  name: "verify",
  usage: "[TARGET] [option…]",
  about: [
    "Checks whether TARGET is a good pause image, whoever made it. TARGET is one of these; without one, out. Each but a program takes :TAG or @DIGEST behind it.",
    [
      ["bin/pause-amd64", "a program"],
      ["out, oci:DIR", "an OCI layout"],
      ["x.tar, oci-archive:FILE", "an archive of one"],
      ["HOST/NAME", "an image on a registry"],
    ],
    "Its programs are run as process 1 of a PID namespace, as user 65535, with no network, no capabilities and an empty read-only root; those of other architectures by qemu-user-static.",
  ],
  operands: "places",
  options: { ...OWN, ...CONNECTION, ...HELP_OPTION },
  examples: ["out", "registry.example.com/k8s/pause:3.10.2 --static --json"],
  exits: [
    ["0", "every row passes"],
    [`${EXIT_CODES.verification}`, "a row fails"],
    [`${EXIT_CODES.partial}`, "no row fails, but some could not be checked here"],
  ],
  more: "docs/verify.md lists the rows.",
};
