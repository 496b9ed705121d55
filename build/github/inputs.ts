import { didYouMean } from "../did-you-mean.ts";
import { PauseError } from "../error.ts";
import { VARIABLES } from "../make/variables.ts";

/** What the action can be asked to do: the words of the command line. */
export type CommandName = "build" | "push" | "mirror" | "sync" | "verify" | "save";

export const COMMAND_NAMES: readonly CommandName[] = [
  "build",
  "push",
  "mirror",
  "sync",
  "verify",
  "save",
];

/** One input of the action. What it is for is said in action.yml; a test compares the two. */
export interface Input {
  /** Its value when nobody sets it. */
  readonly fallback: string;
  /** Values that are read in lower case. */
  readonly lowered?: RegExp;
  /** The commands that it means something to. */
  readonly commands: readonly CommandName[];
  /** The commands that cannot do without it, and what to write. */
  readonly needed?: Readonly<Partial<Record<CommandName, string>>>;
  /** The values that it can take, when they are few. */
  readonly choices?: readonly string[];
}

/** The names of the inputs. */
export type InputName =
  | "command"
  | "registry"
  | "image"
  | "tag"
  | "tags"
  | "architectures"
  | "platforms"
  | "index"
  | "windows"
  | "output"
  | "push"
  | "username"
  | "password"
  | "source"
  | "destinations"
  | "sync-file"
  | "dry-run"
  | "static"
  | "sign"
  | "sbom"
  | "provenance"
  | "metadata-file"
  | "toolchain"
  | "variables"
  | "insecure"
  | "cert-dir"
  | "working-directory";

const BUILDS = ["build", "push"] as const;
/**
 * All that YAML takes for a boolean, as expressions may leave it.
 * @see https://yaml.org/spec/1.2.2/#1032-tag-resolution
 */
const BOOLEAN = /^(True|TRUE|False|FALSE)$/;
const OFF = { fallback: "false", lowered: BOOLEAN } as const;
const ON = { fallback: "true" } as const;
const SWITCH = { ...OFF, choices: ["true", "false"] } as const;

/** All inputs, in the order of action.yml. */
export const INPUTS: Readonly<Record<InputName, Input>> = {
  command: { fallback: "build", commands: COMMAND_NAMES, choices: COMMAND_NAMES },
  registry: {
    fallback: "",
    // An owner on GitHub may have capitals, and no expression takes them away.
    lowered: /[A-Z]/,
    commands: COMMAND_NAMES,
    needed: { push: "Say where to, such as registry: ghcr.io/${{ github.repository_owner }}" },
  },
  image: {
    fallback: "",
    commands: ["verify", "save"],
    needed: {
      verify: "Name what to check, such as image: registry.k8s.io/pause:3.10",
      save: "Name the images, each on a line of its own",
    },
  },
  tag: { fallback: "", commands: BUILDS },
  tags: { fallback: "", commands: [...BUILDS, "mirror"] },
  architectures: { fallback: "", commands: BUILDS },
  platforms: { fallback: "", commands: ["mirror", "verify", "save"] },
  index: { fallback: "sparse", commands: ["mirror"], choices: ["sparse", "rewritten"] },
  windows: { ...SWITCH, commands: BUILDS },
  output: {
    fallback: "",
    commands: [...BUILDS, "save"],
    needed: { save: "Name the archive, such as output: airgap.tar" },
  },
  push: { ...SWITCH, commands: ["build"] },
  username: { fallback: "", commands: COMMAND_NAMES },
  password: { fallback: "", commands: COMMAND_NAMES },
  source: {
    fallback: "",
    commands: ["mirror"],
    needed: { mirror: "Name the image, such as source: registry.k8s.io/pause:3.10" },
  },
  destinations: {
    fallback: "",
    commands: ["mirror"],
    needed: { mirror: "Name at least one place, such as destinations: 10.0.0.5:5000/k8s/pause" },
  },
  "sync-file": { fallback: "pause-mirror.yaml", commands: ["sync"] },
  "dry-run": { ...SWITCH, commands: ["sync"] },
  static: { ...SWITCH, commands: ["verify"] },
  sign: { ...OFF, commands: BUILDS },
  sbom: { ...SWITCH, ...ON, commands: BUILDS },
  provenance: { ...SWITCH, ...ON, commands: BUILDS },
  "metadata-file": { fallback: "", commands: BUILDS },
  toolchain: {
    fallback: "clang",
    commands: BUILDS,
    choices: VARIABLES.find(({ name }) => name === "TOOLCHAIN")?.choices ?? [],
  },
  variables: { fallback: "", commands: BUILDS },
  insecure: {
    ...SWITCH,
    commands: [...BUILDS, "mirror", "verify", "save"],
  },
  "cert-dir": { fallback: "", commands: COMMAND_NAMES },
  "working-directory": { fallback: ".", commands: COMMAND_NAMES },
};

/** Every input with its value, as the user wrote it, or its default. */
export type Inputs = Readonly<Record<InputName, string>>;

/** Inputs that say the same thing. */
const EITHER: readonly (readonly [InputName, InputName])[] = [["tag", "tags"]];

type Environment = Record<string, string | undefined>;

/** How the runner hands over an input. */
const PREFIX = "INPUT_";

/**
 * Takes the inputs out of the environment, where they would be handed on to every compiler: one of
 * them is a password.
 *
 * @returns the values by the inputs' names in lower case, those that there is no input for included
 */
export function takeInputs(environment: Environment): ReadonlyMap<string, string> {
  const names = Object.keys(environment).filter((name) => name.toUpperCase().startsWith(PREFIX));
  const taken = names.map((name) =>
    [name.slice(PREFIX.length).toLowerCase(), environment[name]?.trim() ?? ""] as const
  );
  for (const name of names) delete environment[name];
  return new Map(taken);
}

/**
 * Reads the inputs, and refuses what cannot be meant.
 *
 * @param given as {@link takeInputs} returns them
 * @throws PauseError `usage` for an input that there is not, a value that it cannot have, one that is
 * missing, and one that the command has no use for
 */
export function readInputs(given: ReadonlyMap<string, string>): Inputs {
  const table = Object.entries(INPUTS);
  const known = table.map(([name]) => name);
  for (const name of given.keys()) if (!known.includes(name)) throw unknown(name, known);
  const valueOf = (name: string, { fallback, lowered }: Input): string => {
    const value = given.get(name) || fallback;
    return lowered?.test(value) ? value.toLowerCase() : value;
  };
  const inputs = Object.fromEntries(table.map(([name, input]) => [name, valueOf(name, input)]));
  for (const [name, { choices }] of table) checkChoice(name, inputs[name] ?? "", choices);
  const command = inputs.command as CommandName;
  for (const [name, input] of table) checkUse(name, inputs[name] ?? "", input, command);
  for (const pair of EITHER) checkEither(pair, inputs as Inputs);
  return inputs as Inputs;
}

function checkChoice(name: string, value: string, choices: Input["choices"]): void {
  if (choices === undefined || choices.includes(value)) return;
  throw new PauseError(
    "usage",
    `Cannot use ${name}: "${value}": it is one of ${choices.join(", ")}.${
      didYouMean(value, choices)
    }`,
  );
}

function checkUse(
  name: string,
  value: string,
  { fallback, commands, needed = {} }: Input,
  command: CommandName,
): void {
  if (value === "" && needed[command] !== undefined) {
    throw missingInput(command, name, needed[command]);
  }
  if (value === fallback) return;
  if (commands.includes(command)) return;
  throw new PauseError(
    "usage",
    `Cannot use the input "${name}" with command: ${command}: it is for ${
      commands.join(", ")
    }. Leave it out, or choose another command.`,
  );
}

function checkEither([one, other]: readonly [InputName, InputName], inputs: Inputs): void {
  if (inputs[one] === "" || inputs[other] === "") return;
  throw new PauseError(
    "usage",
    `Cannot use both "${one}" and "${other}": they say the same thing. Leave one of them out.`,
  );
}

/** The error for an input that a command cannot do without. */
export function missingInput(doing: string, name: string, next: string): PauseError {
  return new PauseError("usage", `Cannot ${doing}: the input "${name}" is empty. ${next}.`);
}

function unknown(name: string, known: readonly string[]): PauseError {
  const hint = didYouMean(name, known) || ` There are ${known.join(", ")}.`;
  return new PauseError("usage", `Cannot use the input "${name}": there is none.${hint}`);
}

/** The lines of an input that takes several values, without those that are empty. */
export function linesOf(text: string): string[] {
  return text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
}

/** The words of an input that takes several, with blanks, commas or line breaks between them. */
export function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}
