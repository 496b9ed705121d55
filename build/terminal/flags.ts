import { type Variable, type VariableName, VARIABLES } from "../make/variables.ts";
import type { Options } from "./options.ts";

/** The options that are no variables. */
export const FLAGS: Options = {
  jobs: {
    short: "j",
    value: "N",
    summary: "run N compilers at once; one more than there are processors",
  },
  "dry-run": { short: "n", summary: "print the commands that would run, and run none" },
  json: { summary: "print the result as JSON" },
  quiet: { short: "q", summary: "print nothing but errors" },
  directory: {
    short: "C",
    value: "DIR",
    kind: "folders",
    summary: "work in DIR: its bin/, its out/",
  },
  help: { short: "h", summary: "print this" },
  version: { summary: "print the version of this software" },
};

/** The target that upstream's Makefile lacks and everybody tries. */
export const HELP = "help";

/** What it does, where "this" would be something else. */
export const HELP_SUMMARY = "print what there is";

/** `ARCH_TAGS` as an option: `--arch-tags`. Names with a dot have none. */
export function flagName(variable: VariableName): string {
  return variable.toLowerCase().replaceAll("_", "-");
}

/** The variables that are options too: `--version` is one of its own. */
export const VARIABLE_FLAGS: readonly Variable[] = VARIABLES.filter(({ name }) =>
  !Object.hasOwn(FLAGS, flagName(name))
);
