import { GOALS } from "../make/goals.ts";
import { VARIABLES } from "../make/variables.ts";
import { EXIT_CODES } from "../error.ts";
import { type Flag, FLAGS, HELP } from "./arguments.ts";
import { COMMANDS } from "./commands.ts";

/** The help text, from the tables that the program itself works by. */
export function help(): string {
  return [
    "Usage: pause-image [TARGET…] [NAME=value…] [option…]",
    "       ./make      [TARGET…] [NAME=value…] [option…]     in a clone",
    "",
    "Builds the pause image of Kubernetes for every architecture, without Docker.",
    "",
    section("Targets", GOALS.map(({ name, summary }) => [name, summary])),
    section("Commands", [
      [HELP, "print this"],
      ...COMMANDS.map(({ name, summary }): Row => [name, summary]),
    ]),
    section(
      "Variables (NAME=value, --name value, or, CFLAGS aside, from the environment)",
      VARIABLES.map(row),
    ),
    section("Options", FLAGS.map((flag) => [flagWords(flag), flag.summary])),
    section("Exit codes", [["0", "done"], ...exitCodes()]),
    "Examples:",
    "  pause-image all",
    "  pause-image all ARCH=arm64 OUTPUT=oci-archive:pause.tar",
    "  pause-image all-push REGISTRY=registry.example.com/k8s TAG=3.10.2",
    "",
  ].join("\n");
}

type Row = readonly [string, string];

function section(title: string, rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([word]) => word.length));
  const lines = rows.map(([word, summary]) => `  ${word.padEnd(width)}  ${summary}`);
  return [`${title}:`, ...lines, ""].join("\n");
}

function row({ name, summary, fallback, choices }: (typeof VARIABLES)[number]): Row {
  const values = choices === undefined ? "" : `: ${choices.join(", ")}`;
  const given = fallback === "" ? "" : ` [${fallback}]`;
  return [name, summary + values + given];
}

function flagWords({ name, short, value }: Flag): string {
  const letter = short === undefined ? "    " : `-${short}, `;
  return `${letter}--${name}${value === undefined ? "" : ` ${value}`}`;
}

const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  internal: "a defect of this software",
  usage: "a wrong target, variable, option or value",
  toolchain: "no usable compiler",
  compile: "the compiler failed, or what it made is not as it should be",
  dockerfile: "the template or the Dockerfile cannot be built",
  storage: "a file cannot be read or written",
  registry: "the registry cannot be reached, or refuses",
  authentication: "the registry wants other credentials",
  verification: "content is not what it is said to be",
  partial: "a part was done, a part failed",
  interrupted: "stopped from outside",
};

function exitCodes(): Row[] {
  return Object.entries(EXIT_CODES).map(([code, number]) => [
    String(number),
    EXIT_MEANINGS[code as keyof typeof EXIT_CODES],
  ]);
}
