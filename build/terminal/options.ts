import { parseArgs, type ParseArgsConfig } from "node:util";
import { didYouMean } from "../did-you-mean.ts";
import { PauseError } from "../error.ts";

/** The options of a command, as parseArgs has them. */
export type CommandOptions = NonNullable<ParseArgsConfig["options"]>;

/** What parseArgs makes of the words of a command. */
export type CommandWords<Options extends CommandOptions> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>;

/**
 * Takes the words of a command apart.
 * @param doing what cannot be done when they are wrong: `verify`
 * @throws PauseError `usage` for an option that there is not, with the nearest one that there is
 */
export function parseWords<Options extends CommandOptions>(
  doing: string,
  options: Options,
  words: readonly string[],
): CommandWords<Options> {
  const known = Object.keys(options);
  const { tokens } = parseArgs({
    args: [...words],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option" || known.includes(token.name)) continue;
    const near = didYouMean(token.rawName, known.map((name) => `--${name}`));
    throw wrongWords(doing, `there is no option ${token.rawName}`, near);
  }
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    throw wrongWords(doing, error instanceof Error ? error.message : String(error));
  }
}

/** The error for words that a command cannot be run with. */
export function wrongWords(doing: string, found: string, hint = ""): PauseError {
  return new PauseError("usage", `Cannot ${doing}: ${found}.${hint} "${doing} --help" says more.`);
}

/**
 * Reads the value of `--max-requests-per-second`.
 * @throws PauseError `usage` for what is no number above 0
 */
export function readRate(command: string, text: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  throw wrongWords(command, `--max-requests-per-second ${text} is no number above 0`);
}
