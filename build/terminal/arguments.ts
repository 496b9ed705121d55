import { parseArgs } from "node:util";
import { didYouMean } from "../did-you-mean.ts";
import { PauseError } from "../error.ts";
import { GOALS } from "../make/goals.ts";
import { type Assignments, variableName } from "../make/settings.ts";
import { COMMANDS } from "./commands.ts";
import { flagName, FLAGS, HELP, VARIABLE_FLAGS } from "./flags.ts";
import type { VariableName } from "../make/variables.ts";
import { type Options, type OptionToken, parseArgsOptions, valueFault } from "./options.ts";

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

/**
 * Reads the command line: goals, `NAME=value` and options, in any order.
 * @throws PauseError `usage` for a word that is none of them, with the nearest one that is
 */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, tokens } = parse(argv);
  const assignments: Partial<Record<VariableName, string>> = {};
  for (const { name } of VARIABLE_FLAGS) {
    const value = values[flagName(name)];
    if (typeof value === "string") assignments[name] = value;
  }
  const goals: string[] = [];
  let help = values.help === true;
  // What is wrong first is told: behind a misspelt command everything is.
  for (const token of tokens) {
    if (token.kind === "option") checkOption(token);
    if (token.kind !== "positional") continue;
    const word = token.value;
    const [, name, value] = /^([A-Za-z_][\w.]*)=(.*)$/s.exec(word) ?? [];
    if (name !== undefined && value !== undefined) assignments[variableName(name)] = value;
    else if (word === HELP) help = true;
    else goals.push(readGoal(word));
  }
  return {
    goals,
    assignments,
    dryRun: values["dry-run"] === true,
    json: values.json === true,
    quiet: values.quiet === true,
    help,
    version: values.version === true,
    ...(typeof values.jobs === "string" && { jobs: readJobs(values.jobs) }),
    ...(typeof values.directory === "string" && { directory: values.directory }),
  };
}

type Parsed = {
  readonly values: Record<string, string | boolean | undefined>;
  readonly tokens: readonly (
    | OptionToken
    | { readonly kind: "positional"; readonly value: string }
    | { readonly kind: "option-terminator" }
  )[];
};

const OPTIONS: Options = {
  ...FLAGS,
  ...Object.fromEntries(
    VARIABLE_FLAGS.map(({ name, summary }) => [flagName(name), { value: name, summary }]),
  ),
};

function parse(argv: readonly string[]): Parsed {
  return parseArgs({
    args: [...argv],
    options: parseArgsOptions(OPTIONS),
    // Its own refusals cannot name what was meant; ours do.
    strict: false,
    allowPositionals: true,
    tokens: true,
  }) as Parsed;
}

function checkOption(token: OptionToken): void {
  const { name, rawName } = token;
  const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
  if (option === undefined) {
    const near = didYouMean(rawName, Object.keys(OPTIONS).map((known) => `--${known}`));
    throw new PauseError("usage", `Cannot use ${rawName}: there is no such option.${near}`);
  }
  const fault = valueFault(token, option);
  if (fault === undefined) return;
  throw new PauseError("usage", `Cannot use ${rawName}: it ${fault.found}.${fault.next ?? ""}`);
}

function readGoal(word: string): string {
  const known = GOALS.map((goal) => goal.name);
  if (known.includes(word)) return word;
  const commands = COMMANDS.map(({ name }) => name);
  if (commands.includes(word)) {
    throw new PauseError(
      "usage",
      `Cannot make "${word}" among other words: it is a command of its own, and comes first.`,
    );
  }
  throw new PauseError(
    "usage",
    `Cannot make "${word}": there is no such target, and no such command.${
      didYouMean(word, [...known, ...commands, HELP])
    } "help" lists them all.`,
  );
}

function readJobs(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new PauseError("usage", `Cannot use -j ${text}: it is a whole number from 1 to 9999.`);
}
