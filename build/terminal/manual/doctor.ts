import { EXIT_CODES } from "../../error.ts";
import type { Manual } from "./manual.ts";
import { CONNECTION, HELP_OPTION } from "./shared.ts";

const OWN = {
  root: {
    value: "DIR",
    kind: "folders",
    summary: "the node's files are below DIR, such as a mounted disk",
    fallback: "/",
  },
  offline: { summary: "ask no registry whether it has the image" },
  json: { summary: "print the findings as JSON" },
} as const;

/** The options of `doctor`. */
export type DoctorOptions = typeof OWN & typeof CONNECTION & typeof HELP_OPTION;

export const DOCTOR: Manual<DoctorOptions> = {
  name: "doctor",
  usage: "[option…]",
  about: [
    "Reads the files of a node that say which pause image it uses, and tells where they disagree with each other, with the versions that read them, and with the registry. Nothing is changed: each finding names the file, the line and a command that mends it.",
  ],
  options: { ...OWN, ...CONNECTION, ...HELP_OPTION },
  examples: ["--offline", "--root /mnt/node --json"],
  exits: [
    ["0", "everything could be found out, and nothing is wrong"],
    [`${EXIT_CODES.verification}`, "something is wrong"],
    [`${EXIT_CODES.partial}`, "nothing was found wrong, but something could not be found out"],
  ],
  more: "docs/runtimes.md lists what is looked at.",
};
