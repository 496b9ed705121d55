import { insertLines, lineAt } from "./value.ts";

/** A flag of a program, in a file that holds its command line or a part of it. */
export interface FlagPlace {
  /** `--pod-infra-container-image` */
  readonly flag: string;
  /** What a line begins with that takes the flag, the best one first: `KUBELET_EXTRA_ARGS=`. */
  readonly lines: readonly string[];
  /** The lines to add where there is none such. `%` stands for the flag. */
  readonly otherwise: readonly string[];
}

/** A flag that was found. */
export interface FoundFlag {
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

/** The values that a file gives a flag, comments aside. The last one counts. */
export function readFlags(text: string, flag: string): FoundFlag[] {
  return [...text.matchAll(pattern(flag))].map(({ 1: before = "", 3: value = "", index }) => ({
    value: value.replaceAll(/^["']|["']$/g, ""),
    line: lineAt(text, index + before.length),
  }));
}

/**
 * Gives a flag a value, wherever it stands, or adds it; every other byte stays.
 * @param value undefined: takes the flag out
 */
export function setFlag(text: string, place: FlagPlace, value: string | undefined): string {
  const { flag, lines, otherwise } = place;
  if (readFlags(text, flag).length > 0) {
    return value === undefined ? withoutFlag(text, flag) : text.replaceAll(
      pattern(flag),
      (_, before: string, between: string) => `${before}${flag}${between}${value}`,
    );
  }
  if (value === undefined) return text;
  const word = `${flag}=${value}`;
  for (const start of lines) {
    const line = lineThatBegins(text, start);
    if (line !== undefined) return appendWord(text, line, start, word);
  }
  return insertLines(text, text.length, otherwise.map((line) => line.replace("%", word)));
}

/** Groups: what stands before the flag on its line, what is between it and its value, the value. */
function pattern(flag: string): RegExp {
  return new RegExp(
    `^((?![ \\t]*[#;])(?:[^\\n]*[\\s"'=])?)${flag}(=|[ \\t]+)("[^"\\n]*"|'[^'\\n]*'|[^\\s"'\\\\]+)`,
    "gm",
  );
}

function withoutFlag(text: string, flag: string): string {
  const after = text.replaceAll(
    new RegExp(`${pattern(flag).source}([ \\t]*)`, "gm"),
    (_, before: string, _between: string, _value: string, space: string) =>
      // One of the spaces on its sides goes with it.
      space === "" ? before.replace(/[ \t]$/, "") : before,
  );
  return readFlags(after, flag).length > 0 ? withoutFlag(after, flag) : after;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The last such line that says anything, with those that go on behind a backslash. */
function lineThatBegins(text: string, start: string): Span | undefined {
  const found = [...text.matchAll(/^(?:[^\n]*\\\r?\n)*[^\n]*$/gm)]
    .map(({ 0: line, index }) => ({ line: line.replace(/\r$/, ""), index }))
    .findLast(({ line }) => line.startsWith(start) && !/^ExecStart=\s*$/.test(line));
  return found && { start: found.index, end: found.index + found.line.length };
}

/** Adds a word to a line, within its quotes if it has some. */
function appendWord(text: string, { start, end }: Span, begin: string, word: string): string {
  const line = text.slice(start, end).trimEnd();
  const value = line.slice(begin.length);
  const closing = /^(["'])[^]*\1$/.test(value) ? 1 : 0;
  const head = line.slice(0, line.length - closing);
  const space = /[=\s"']$/.test(head) ? "" : " ";
  return text.slice(0, start) + head + space + word + line.slice(line.length - closing) +
    text.slice(end);
}
