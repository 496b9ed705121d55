import { flagName, FLAGS, HELP, HELP_SUMMARY, VARIABLE_FLAGS } from "../flags.ts";
import type { Row } from "../columns.ts";
import type { Manual } from "../manual/manual.ts";
import type { Option, Options } from "../options.ts";
import { GOALS } from "../../make/goals.ts";
import { type Variable, VARIABLES } from "../../make/variables.ts";
import { type Offer, OFFERS, VARIABLE_KINDS } from "./offers.ts";

/** Something that is given by its name: an option without its `--`, or a variable. */
export interface Named {
  readonly name: string;
  readonly short?: string;
  readonly summary: string;
  /** What stands for its value. Undefined: it takes none. */
  readonly value?: string;
  readonly offer: Offer;
  /** Whether it may be given several times. */
  readonly isRepeated: boolean;
}

/** What may follow a command. */
export interface Context {
  readonly command: string;
  readonly options: readonly Named[];
  /** A word that is no option; of a command with verbs the first one. */
  readonly operand: Offer;
  /** What may stand behind each verb. */
  readonly verbs: readonly Verb[];
}

/** A word that says what a command is to do. */
export interface Verb {
  readonly name: string;
  readonly offer: Offer;
}

/** All that the three scripts are made from. */
export interface Model {
  /** What may only come first. */
  readonly commands: readonly Row[];
  /** What may come anywhere unless a command came first, as `variables` and `options` may. */
  readonly goals: readonly Row[];
  readonly variables: readonly Named[];
  /** Those of the build. */
  readonly options: readonly Named[];
  /** Every command that has words of its own. */
  readonly contexts: readonly Context[];
}

/** A command, as far as its words are concerned. */
export interface Described {
  readonly name: string;
  readonly summary: string;
  readonly manual?: () => Promise<Manual>;
}

/** Loads what every command says of itself. */
export async function completionModel(commands: readonly Described[]): Promise<Model> {
  const manuals = await Promise.all(
    commands.map(async ({ name, manual }) => [name, await manual?.()] as const),
  );
  return {
    commands: commands.map(({ name, summary }) => [name, summary]),
    goals: [
      [HELP, HELP_SUMMARY],
      ...GOALS.map(({ name, summary }): Row => [name, summary]),
    ],
    variables: VARIABLES.map(namedVariable),
    options: [
      ...namedOptions(FLAGS),
      ...VARIABLE_FLAGS.map((one) => ({ ...namedVariable(one), name: flagName(one.name) })),
    ],
    contexts: manuals.map(([command, manual]) => contextOf(command, manual)),
  };
}

/** The programs of a clone have no manual: files are all that can be offered. */
function contextOf(command: string, manual: Manual | undefined): Context {
  const { options = {}, operands = "files", verbs = {} } = manual ?? {};
  const words = Object.keys(verbs);
  return {
    command,
    options: namedOptions(options),
    operand: words.length > 0 ? { words } : OFFERS[operands],
    verbs: Object.entries(verbs).map(([name, kinds]) => ({
      name,
      offer: Object.assign({}, ...kinds.map((kind) => OFFERS[kind])) as Offer,
    })),
  };
}

function namedOptions(options: Options): Named[] {
  return Object.entries(options).map(([name, option]) => ({
    name,
    summary: option.summary,
    offer: offerOf(option),
    isRepeated: option.multiple === true,
    ...(option.short !== undefined && { short: option.short }),
    ...(option.value !== undefined && { value: option.value }),
  }));
}

function namedVariable({ name, summary, choices, many }: Variable): Named {
  const kind = VARIABLE_KINDS[name];
  const offer = offerOf({ ...(choices && { choices }), ...(kind && { kind }) });
  return {
    name,
    summary,
    value: name,
    offer: { ...offer, ...(many && { isList: many }) },
    isRepeated: false,
  };
}

function offerOf({ choices: words, kind }: Pick<Option, "choices" | "kind">): Offer {
  return { ...(kind && OFFERS[kind]), ...(words && { words }) };
}
