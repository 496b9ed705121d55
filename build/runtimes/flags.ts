import { PauseError } from "../error.ts";
import { type File, insertLines, lineAt } from "./value.ts";

/** A flag of a program, in a file that holds its command line or a part of it. */
export interface FlagPlace {
  /** `--pod-infra-container-image` */
  readonly flag: string;
  /** What a line begins with that takes the flag, the best one first: `KUBELET_EXTRA_ARGS=`. White space may be around the words. */
  readonly lines: readonly string[];
  /** The lines to add where there is none such. `%` stands for the flag. */
  readonly otherwise: readonly string[];
  /** Where those lines belong, if not into a unit of systemd. */
  readonly elsewhere?: string;
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
 *
 * @param value undefined: takes the flag out
 * @throws PauseError `usage` for a unit of systemd that has no line for it
 */
export function setFlag(
  { path: file, text }: File,
  place: FlagPlace,
  value: string | undefined,
): string {
  const { flag, lines, otherwise, elsewhere } = place;
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
    if (line !== undefined) return appendWord(text, line, word);
  }
  if (elsewhere !== undefined && /^[ \t]*\[\w+\][ \t]*\r?$/m.test(text)) {
    throw new PauseError(
      "usage",
      `Cannot edit ${file}: it is a unit of systemd, and has no line for ${
        lines[0]
      }. Name ${elsewhere}, which units read.`,
    );
  }
  return insertLines(text, text.length, otherwise.map((line) => line.replace("%", word)));
}

/** Groups: what stands before the flag on its line, what is between it and its value, the value. */
function pattern(flag: string): RegExp {
  return new RegExp(
    `^((?![ \\t]*[#;])(?:[^\\n]*[\\s"'=])?)${flag}(=|[ \\t]+(?:\\\\\\r?\\n[ \\t]*)?)("[^"\\n]*"|'[^'\\n]*'|[^\\s"'\\\\]+)`,
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

/** A line that takes the flag. */
interface Line {
  readonly start: number;
  /** Where its value begins. */
  readonly value: number;
  readonly end: number;
}

/** Lines with those that go on behind a backslash; the comments between them are passed over. */
const LINES = /^(?:[^\n]*\\\r?\n(?:[ \t]*[#;][^\n]*\n)*)*[^\n]*$/gm;

/** The last such line that says anything. */
function lineThatBegins(text: string, begin: string): Line | undefined {
  const words = begin.split("=").map((word) => word.replaceAll(/[^\w]/g, "\\$&"));
  const head = new RegExp(`^[ \\t]*${words.join("[ \\t]*=[ \\t]*")}`);
  return [...text.matchAll(LINES)].flatMap(({ 0: found, index }): Line[] => {
    const [key] = head.exec(found) ?? [];
    const line = found.trimEnd();
    // ExecStart= alone takes back what was said before.
    if (key === undefined || /^[ \t]*ExecStart[ \t]*=$/.test(line)) return [];
    return [{ start: index, value: index + key.length, end: index + line.length }];
  }).at(-1);
}

/** Adds a word to a line, within its quotes if it ends in some. */
function appendWord(text: string, { start, value, end }: Line, word: string): string {
  const line = text.slice(start, end);
  const [, quote = ""] = /^(["'])[^]*\1$/.exec(text.slice(value, end)) ??
    /^[^=]*=[ \t]*(["'])[^]*\1$/.exec(line) ?? [];
  const head = line.slice(0, line.length - quote.length);
  const space = /[=\s"']$/.test(head) ? "" : " ";
  return text.slice(0, start) + head + space + word + quote + text.slice(end);
}
