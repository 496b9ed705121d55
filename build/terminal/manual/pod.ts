import { EXIT_CODES } from "../../error.ts";
import { VARIABLES } from "../../make/variables.ts";
import { ENGINES } from "../../pod/engine.ts";
import type { Manual } from "./manual.ts";
import { HELP_OPTION } from "./shared.ts";

/** The pause image as `OUTPUT=docker-archive` names it. */
export const INFRA_IMAGE: string = `pause:${
  VARIABLES.find(({ name }) => name === "TAG")?.fallback ?? ""
}`;

const OWN = {
  engine: {
    value: "NAME",
    choices: ENGINES as typeof ENGINES,
    fallback: "the first one that is installed",
    summary: "what runs the containers",
  },
  "infra-image": {
    value: "IMAGE",
    summary: "up: the pause image, fetched when it is not there",
    fallback: `${INFRA_IMAGE}, which is not` as string,
  },
  json: { summary: "up, ps: print JSON" },
} as const;

/** The options of `pod`. */
export type PodOptions = typeof OWN & typeof HELP_OPTION;

export const POD: Manual<PodOptions> = {
  name: "pod",
  usage: "up FILE | ps | enter NAME [-- COMMAND…] | down NAME|FILE [option…]",
  about: [
    "Runs a Kubernetes Pod with docker or podman, without Kubernetes: a pause container that has the address and the ports, and the containers of FILE in its namespaces.",
    [
      ["up FILE", "start it; what fails on the way leaves nothing behind"],
      ["ps", "list the pods"],
      [
        "enter NAME",
        "run a command of this machine, or sh, in the pause container's namespaces; end as it ends",
      ],
      ["down NAME|FILE", "stop and remove it; fine when there is none"],
    ],
  ],
  verbs: { up: ["files"], ps: [], enter: ["pods"], down: ["pods", "files"] },
  options: { ...OWN, ...HELP_OPTION },
  examples: ["up web.yaml", "ps --json", "enter web -- ps -ef", "down web"],
  exits: [
    ["0", "done, or it was so already"],
    [`${EXIT_CODES.usage}`, "FILE or the words are wrong, or the pod is there in another form"],
    [`${EXIT_CODES.toolchain}`, "the engine is not there, or refuses"],
  ],
  more: "docs/pod.md says what FILE may hold.",
};
