import { type Row, table, widthOf, wrap } from "./columns.ts";
import { groupsOf, type Manual } from "./manual/manual.ts";
import { meaningOf, type Options, optionWords } from "./options.ts";

/** Longer options have a line of their own. */
const WIDEST = 20;

/** The text of `COMMAND --help`. */
export function commandHelp(manual: Manual): string {
  const groups = groupsOf(manual).map(({ title, options }) => ({ title, rows: rowsOf(options) }));
  const width = widthOf(groups.flatMap(({ rows }) => rows), WIDEST);
  const blocks = [
    [`Usage: ${commandLine(manual, manual.usage)}`],
    ...manual.about.map((block) => typeof block === "string" ? wrap(block) : table(block)),
    ...groups.map(({ title, rows }) => [`${title}:`, ...table(rows, width)]),
    ["Examples:", ...manual.examples.map((words) => `  ${commandLine(manual, words)}`)],
    ["Exit codes:", ...table(manual.exits, widthOf(manual.exits, WIDEST))],
    [manual.more],
  ];
  return blocks.map((lines) => lines.join("\n")).join("\n\n");
}

/** The command with words behind it, as it is typed. */
export function commandLine({ name }: Pick<Manual, "name">, words: string): string {
  return `pause-image ${name} ${words}`;
}

function rowsOf(options: Options): Row[] {
  return Object.entries(options).map(([name, option]) =>
    [optionWords(name, option), meaningOf(option)] as const
  );
}
