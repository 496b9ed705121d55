import type { Row } from "../columns.ts";
import type { Kind, Options } from "../options.ts";

/**
 * Everything there is to say of a command: what its words are read by, and what its help, the manual
 * and the shells' completion are made of.
 */
export interface Manual<Known extends Options = Options> {
  readonly name: string;
  /** What follows the name: `SRC DST… [option…]`. */
  readonly usage: string;
  /** Paragraphs, and tables between them. */
  readonly about: readonly (string | readonly Row[])[];
  /** What the words are that are no options. */
  readonly operands?: Kind;
  /** What may stand behind each first word, where that says what to do. */
  readonly verbs?: Readonly<Record<string, readonly Kind[]>>;
  readonly options: Known;
  /** Those of the options that stand first, under headings of their own. */
  readonly groups?: readonly { readonly title: string; readonly options: Options }[];
  /** What follows the name, again. */
  readonly examples: readonly string[];
  /** Exit codes, and what they mean. */
  readonly exits: readonly Row[];
  /** A sentence that names the page that says more. */
  readonly more: string;
}

/** The options of a command under their headings, all of them once. */
export function groupsOf(
  { options, groups = [] }: Manual,
): readonly { readonly title: string; readonly options: Options }[] {
  const grouped = groups.flatMap((group) => Object.keys(group.options));
  const rest = Object.entries(options).filter(([name]) => !grouped.includes(name));
  return [...groups, { title: "Options", options: Object.fromEntries(rest) }];
}
