import { parseArgs } from "node:util";
import { didYouMean } from "../did-you-mean.ts";
import { PauseError } from "../error.ts";
import { GOALS } from "../make/goals.ts";
import { type Assignments, variableName } from "../make/settings.ts";
import { COMMANDS } from "./commands.ts";
import { type VariableName, VARIABLES } from "../make/variables.ts";

/** What the user typed. */
export interface Arguments {
  /** The goals, as typed, in their order. */
  readonly goals: readonly string[];
  readonly assignments: Assignments;
  /** How many compilers run at once, ≥ 1. Undefined: the default of MakeOptions. */
  readonly jobs?: number;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly help: boolean;
  readonly version: boolean;
  /** The folder to work in, instead of the current one. */
  readonly directory?: string;
}

/** An option that is no variable. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly type: "boolean" | "string";
  /** What stands for its value in `help`. */
  readonly value?: string;
  readonly summary: string;
}

export const FLAGS: readonly Flag[] = [
  {
    name: "jobs",
    short: "j",
    type: "string",
    value: "N",
    summary: "run N compilers at once; one more than there are processors",
  },
  {
    name: "dry-run",
    short: "n",
    type: "boolean",
    summary: "print the commands that would run, and run none",
  },
  { name: "json", type: "boolean", summary: "print the result as JSON" },
  { name: "quiet", short: "q", type: "boolean", summary: "print nothing but errors" },
  {
    name: "directory",
    short: "C",
    type: "string",
    value: "DIR",
    summary: "work in DIR: its bin/, its out/",
  },
  { name: "help", short: "h", type: "boolean", summary: "print this" },
  { name: "version", type: "boolean", summary: "print the version of this software" },
];

/** The target that upstream's Makefile lacks and everybody tries. */
export const HELP = "help";

/** `ARCH_TAGS` as an option: `--arch-tags`. Names with a dot have none. */
export function flagName(variable: VariableName): string {
  return variable.toLowerCase().replaceAll("_", "-");
}

/**
 * Reads the command line: goals, `NAME=value` and options, in any order.
 * @throws PauseError `usage` for a word that is none of them, with the nearest one that is
 */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals, tokens } = parse(argv);
  for (const token of tokens) if (token.kind === "option") checkOption(token);
  const assignments: Partial<Record<VariableName, string>> = {};
  for (const { name } of VARIABLES) {
    const value = values[flagName(name)];
    if (typeof value === "string") assignments[name] = value;
  }
  const goals: string[] = [];
  for (const word of positionals) {
    const [, name, value] = /^([A-Za-z_][\w.]*)=(.*)$/s.exec(word) ?? [];
    if (name !== undefined && value !== undefined) assignments[variableName(name)] = value;
    else if (word !== HELP) goals.push(readGoal(word));
  }
  return {
    goals,
    assignments,
    dryRun: values["dry-run"] === true,
    json: values.json === true,
    quiet: values.quiet === true,
    help: values.help === true || positionals.includes(HELP),
    version: values.version === true,
    ...(typeof values.jobs === "string" && { jobs: readJobs(values.jobs) }),
    ...(typeof values.directory === "string" && { directory: values.directory }),
  };
}

interface OptionToken {
  readonly kind: "option";
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
}

type Parsed = {
  readonly values: Record<string, string | boolean | undefined>;
  readonly positionals: readonly string[];
  readonly tokens: readonly (OptionToken | { readonly kind: "positional" | "option-terminator" })[];
};

function parse(argv: readonly string[]): Parsed {
  const variables = VARIABLES.map(({ name }) => [flagName(name), { type: "string" }] as const);
  const flags = FLAGS.map(({ name, type, short }) =>
    [name, { type, ...(short !== undefined && { short }) }] as const
  );
  return parseArgs({
    args: [...argv],
    options: Object.fromEntries([...variables, ...flags]),
    // Its own refusals cannot name what was meant; ours do.
    strict: false,
    allowPositionals: true,
    tokens: true,
  }) as Parsed;
}

function checkOption({ name, rawName, value }: OptionToken): void {
  const known = [...FLAGS.map((flag) => flag.name), ...VARIABLES.map(({ name }) => flagName(name))];
  if (!known.includes(name)) {
    const near = didYouMean(rawName, known.map((option) => `--${option}`));
    throw new PauseError("usage", `Cannot use ${rawName}: there is no such option.${near}`);
  }
  const takesValue = FLAGS.find((flag) => flag.name === name)?.type !== "boolean";
  if (takesValue === (value !== undefined)) return;
  const found = takesValue ? "it needs a value" : "it takes no value";
  throw new PauseError("usage", `Cannot use ${rawName}: ${found}.`);
}

function readGoal(word: string): string {
  const known = GOALS.map((goal) => goal.name);
  if (known.includes(word)) return word;
  if (COMMANDS.some(({ name }) => name === word)) {
    throw new PauseError(
      "usage",
      `Cannot make "${word}" among other words: it is a command of its own, and comes first.`,
    );
  }
  throw new PauseError(
    "usage",
    `Cannot make "${word}": there is no such target.${
      didYouMean(word, [...known, HELP])
    } "help" lists them all.`,
  );
}

function readJobs(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new PauseError("usage", `Cannot use -j ${text}: it is a whole number from 1 to 9999.`);
}
