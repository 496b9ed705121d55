import { EXIT_CODES } from "../error.ts";
import { GOALS } from "../make/goals.ts";
import { VARIABLES } from "../make/variables.ts";
import { type Row, table } from "./columns.ts";
import { meaningOf, optionWords } from "./options.ts";
import { COMMANDS } from "./commands.ts";
import { FLAGS, HELP } from "./flags.ts";

/** What the build is called with. */
export const USAGE = "[TARGET…] [NAME=value…] [option…]";

/** What this software is for. */
export const ABOUT = "Builds the pause image of Kubernetes for every architecture, without Docker.";

/** What may follow `pause-image`, each as it is done somewhere. */
export const EXAMPLES: readonly string[] = [
  "all",
  "all ARCH=arm64 OUTPUT=oci-archive:pause.tar",
  "all-push REGISTRY=registry.example.com/k8s TAG=3.10.2",
];

/** Where the variables come from. */
export const FROM = "NAME=value, --name value, or, CFLAGS aside, from the environment";

/** The help text, from the tables that the program itself works by. */
export function help(): string {
  return [
    `Usage: pause-image ${USAGE}`,
    `       ./make      ${USAGE}     in a clone`,
    "",
    ABOUT,
    "",
    ...section("Targets", GOALS.map(({ name, summary }) => [name, summary])),
    ...section("Commands", [
      [HELP, "print this"],
      ...COMMANDS.map(({ name, summary }): Row => [name, `${summary}; ${name} --help says more`]),
    ]),
    ...section(
      `Variables (${FROM})`,
      VARIABLES.map((variable) => [variable.name, meaningOf(variable)]),
    ),
    ...section(
      "Options",
      Object.entries(FLAGS).map(([name, flag]) => {
        const words = optionWords(name, flag);
        return [flag.short === undefined ? `    ${words}` : words, flag.summary];
      }),
    ),
    ...section("Exit codes", exitCodes()),
    "Examples:",
    ...EXAMPLES.map((words) => `  pause-image ${words}`),
    "",
  ].join("\n");
}

function section(title: string, rows: readonly Row[]): string[] {
  return [`${title}:`, ...table(rows), ""];
}

const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  internal: "a defect of this software",
  usage: "a wrong target, variable, option or value",
  toolchain: "no usable compiler or container engine",
  compile: "the compiler failed, or what it made is not as it should be",
  dockerfile: "the template or the Dockerfile cannot be built",
  storage: "a file cannot be read or written",
  registry: "the registry cannot be reached, or refuses",
  authentication: "the registry wants other credentials",
  verification: "content is not what it is said to be",
  partial: "a part was done, a part failed",
  unsigned: "verify-signature: nobody has signed the image",
  unknown: "verify-signature: whether it is signed could not be found out",
  interrupted: "stopped from outside",
};

/** Every exit code, and what it means. */
export function exitCodes(): Row[] {
  const failures = Object.entries(EXIT_CODES).map(([code, number]): Row => [
    String(number),
    EXIT_MEANINGS[code as keyof typeof EXIT_CODES],
  ]);
  return [["0", "done"], ...failures];
}
