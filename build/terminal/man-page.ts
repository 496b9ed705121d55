import { GOALS } from "../make/goals.ts";
import { VARIABLES } from "../make/variables.ts";
import type { Row } from "./columns.ts";
import { COMMANDS } from "./commands.ts";
import { FLAGS, HELP, HELP_SUMMARY } from "./flags.ts";
import { ABOUT, EXAMPLES, exitCodes, FROM, USAGE } from "./help.ts";
import { groupsOf, type Manual } from "./manual/manual.ts";
import { meaningOf, type Option, type Options } from "./options.ts";
import { bold, italic, roff, roffText } from "./roff.ts";

/** Which edition of the page it is. */
export interface Edition {
  /** Of the software. */
  readonly version: string;
  /** Of its release, `2026-11-22`, or that there was none yet. */
  readonly date: string;
}

/** `pause-image(1)`: what `help` says, and `--help` of every command. */
export async function manPage({ version, date }: Edition): Promise<string> {
  const manuals = await Promise.all(COMMANDS.flatMap(({ manual }) => manual ? [manual()] : []));
  return [
    '.\\" Made by "deno task man" of the tables in build/terminal/ and build/make/. Do not edit it.',
    `.TH PAUSE\\-IMAGE 1 "${date}" "pause\\-image ${version}"`,
    ".SH NAME",
    ...roffText(`pause-image - ${ABOUT.charAt(0).toLowerCase()}${ABOUT.slice(1, -1)}`),
    ".SH SYNOPSIS",
    `${bold("pause-image")} ${roff(USAGE)}`,
    ".br",
    `${bold("pause-image")} ${italic("command")} ${roff("[word…]")}`,
    ".SH DESCRIPTION",
    ...roffText(ABOUT),
    ".SH TARGETS",
    ...list([[HELP, HELP_SUMMARY], ...GOALS.map(rowOf)]),
    ".SH VARIABLES",
    ...roffText(`${FROM}.`),
    ...list(VARIABLES.map((variable) => [variable.name, meaningOf(variable)])),
    ".SH OPTIONS",
    ...optionList(FLAGS),
    ".SH COMMANDS",
    "Each has a section below, if it is not for a clone of the repository alone.",
    ...list(COMMANDS.map(rowOf)),
    ...manuals.flatMap(commandSection),
    ".SH EXIT STATUS",
    ...list(exitCodes()),
    ".SH EXAMPLES",
    ...examples(EXAMPLES.map((words) => `pause-image ${words}`)),
    "",
  ].join("\n");
}

function commandSection(manual: Manual): string[] {
  const { name, usage, about, exits, more } = manual;
  return [
    `.SH ${roff(`pause-image ${name}`.toUpperCase())}`,
    `${bold(`pause-image ${name}`)} ${roff(usage)}`,
    ...about.flatMap((block) =>
      typeof block === "string" ? [".PP", ...roffText(block)] : list(block)
    ),
    ...groupsOf(manual).flatMap(({ title, options }) => [
      `.SS ${roff(title)}`,
      ...optionList(options),
    ]),
    ".SS Examples",
    ...examples(manual.examples.map((words) => `pause-image ${name} ${words}`)),
    ".SS Exit codes",
    ...list(exits),
    ".PP",
    ...roffText(more),
  ];
}

function rowOf({ name, summary }: { readonly name: string; readonly summary: string }): Row {
  return [name, summary];
}

function list(rows: readonly Row[]): string[] {
  return rows.flatMap(([word, meaning]) => [".TP", bold(word), ...roffText(meaning)]);
}

function optionList(options: Options): string[] {
  return Object.entries(options).flatMap(([name, option]) => [
    ".TP",
    optionTag(name, option),
    ...roffText(meaningOf(option)),
  ]);
}

function optionTag(name: string, { short, value }: Option): string {
  const letter = short === undefined ? "" : `${bold(`-${short}`)}, `;
  return `${letter}${bold(`--${name}`)}${value === undefined ? "" : ` ${italic(value)}`}`;
}

function examples(lines: readonly string[]): string[] {
  return [".nf", ".RS", ...lines.map((line) => roff(line)), ".RE", ".fi"];
}
