import { parseArgs, type ParseArgsConfig } from "node:util";
import { didYouMean } from "../did-you-mean.ts";
import { PauseError } from "../error.ts";

/**
 * What a word is, when a shell can offer some: `places` are the names of images wherever they are,
 * `output` is where a build puts one.
 */
export type Kind =
  | "architectures"
  | "files"
  | "folders"
  | "output"
  | "places"
  | "platforms"
  | "pods"
  | "runtimes"
  | "shells"
  | "windows-architectures"
  | "windows-versions";

/** An option of a command. One without a `value` is a switch. */
export interface Option {
  readonly short?: string;
  /** What stands for its value in help: `N`, `DIR`. */
  readonly value?: string;
  /** What the value is, when a shell can offer some. Those with `choices` need none. */
  readonly kind?: Kind;
  /** The values that it can take, when they are few. Others are refused. */
  readonly choices?: readonly string[];
  /** What holds when nobody gives it, in help. */
  readonly fallback?: string;
  /** Whether it may be given several times. */
  readonly multiple?: true;
  /** What it does, for help. */
  readonly summary: string;
}

/** Options by their names without `--`, in the order in which help lists them. */
export type Options = Readonly<Record<string, Option>>;

/** What the words of a command give its options. */
export type Values<Known extends Options> = {
  readonly [Name in keyof Known]?: Known[Name] extends { readonly value: string }
    ? Known[Name] extends { readonly multiple: true } ? readonly string[] : Choice<Known[Name]>
    : boolean;
};

type Choice<One extends Option> = One extends
  { readonly choices: readonly (infer Value extends string)[] } ? Value : string;

/** The words of a command, taken apart. */
export interface Words<Known extends Options> {
  readonly values: Values<Known>;
  readonly positionals: readonly string[];
}

/** An option as it is typed: `-j, --jobs N`. */
export function optionWords(name: string, { short, value }: Option): string {
  const letter = short === undefined ? "" : `-${short}, `;
  return `${letter}--${name}${value === undefined ? "" : ` ${value}`}`;
}

/** What an option or a variable does, what it may be, and what it is when nobody says so. */
export function meaningOf(
  { summary, choices, fallback = "" }: Pick<Option, "summary" | "choices" | "fallback">,
): string {
  const values = choices === undefined ? "" : `: ${choices.join(", ")}`;
  return summary + values + (fallback === "" ? "" : ` [${fallback}]`);
}

/** The options as parseArgs wants them. */
export function parseArgsOptions(options: Options): NonNullable<ParseArgsConfig["options"]> {
  const entries = Object.entries(options).map(([name, { short, value, multiple }]) =>
    [name, {
      type: value === undefined ? "boolean" : "string",
      ...(short !== undefined && { short }),
      ...(multiple && { multiple }),
    }] as const
  );
  return Object.fromEntries(entries);
}

/**
 * Takes the words of a command apart.
 * @throws PauseError `usage` for an option or a value that there is not, with the nearest one that
 * there is
 */
export function parseWords<Known extends Options>(
  { name: command, options }: { readonly name: string; readonly options: Known },
  words: readonly string[],
): Words<Known> {
  const { values, positionals, tokens } = parseArgs({
    args: [...words],
    options: parseArgsOptions(options),
    allowPositionals: true,
    // Its own refusals cannot name what was meant; ours do.
    strict: false,
    tokens: true,
  });
  const known = Object.keys(options);
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = known.includes(token.name) ? options[token.name] : undefined;
    if (option === undefined) {
      const near = didYouMean(token.rawName, known.map((name) => `--${name}`));
      throw wrongWords(command, `there is no option ${token.rawName}`, near);
    }
    const fault = valueFault(token, option);
    if (fault !== undefined) {
      throw wrongWords(command, `${token.rawName} ${fault.found}`, fault.next);
    }
    checkValue(command, token.name, option, token.value);
  }
  return { values: values as Values<Known>, positionals };
}

/** An option as it was typed. */
export interface OptionToken {
  readonly kind: "option";
  readonly name: string;
  /** With its dashes. */
  readonly rawName: string;
  readonly value?: string | undefined;
  /** Whether the value is a part of the same word. */
  readonly inlineValue?: boolean | undefined;
}

/** What is wrong with the value of an option, behind its name, and what to do about it. */
export interface ValueFault {
  readonly found: string;
  readonly next?: string;
}

/** Sees whether an option has a value just when it takes one. Undefined: all is well. */
export function valueFault(
  { rawName, value, inlineValue }: OptionToken,
  option: Pick<Option, "value">,
): ValueFault | undefined {
  if (option.value === undefined) {
    return value === undefined ? undefined : { found: "takes no value" };
  }
  if (value === undefined) return { found: `needs a value: ${option.value}` };
  if (inlineValue || !/^-./.test(value)) return undefined;
  return {
    found: `needs a value, and "${value}" begins as an option does`,
    next: ` Write ${rawName}${rawName.startsWith("--") ? "=" : ""}${value} where that is meant.`,
  };
}

function checkValue(
  command: string,
  name: string,
  { choices }: Option,
  value: string | undefined,
): void {
  if (value === undefined) return;
  if (listOf(value).length === 0) {
    throw wrongWords(
      command,
      `--${name} "${value}" names nothing`,
      " Leave it out, or see why it is empty.",
    );
  }
  if (choices === undefined || choices.includes(value)) return;
  const near = didYouMean(value, choices);
  throw wrongWords(command, `there is no ${name} "${value}", only ${choices.join(", ")}`, near);
}

/** The parts of a list, such as `3.9,3.1?`: commas between braces are a pattern's own. */
export function listOf(text: string): string[] {
  return text.split(/,(?![^{]*})/).map((part) => part.trim()).filter((part) => part !== "");
}

/** The error for words that a command cannot be run with. */
export function wrongWords(command: string, found: string, hint = ""): PauseError {
  return new PauseError(
    "usage",
    `Cannot run ${command}: ${found}.${hint} "${command} --help" says more.`,
  );
}

/**
 * Reads the value of `--max-requests-per-second`.
 * @throws PauseError `usage` for what is no number above 0
 */
export function readRate(command: string, text: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  throw wrongWords(command, `--max-requests-per-second ${text} is no number above 0`);
}
