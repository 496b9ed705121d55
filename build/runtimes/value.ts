import { isDeepStrictEqual } from "node:util";
import { PauseError } from "../error.ts";

/** A file's text, and how messages name it. */
export interface File {
  readonly path: string;
  readonly text: string;
}

/** One of a list: the mapping whose field `by` has the value that it has in `item`. */
export interface Item {
  readonly by: string;
  /** The fields that a new one gets beside what is set. */
  readonly item: Readonly<Record<string, string>>;
}

/** A way into a document. */
export type Path = readonly (string | Item)[];

/** What is set. */
export type Value = string | boolean | readonly string[];

type Fields = Readonly<Record<string, unknown>>;

/** What a document has at `path`, or undefined. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof step !== "string") {
      return Array.isArray(value) ? value.find((item) => isThe(step, item)) : undefined;
    }
    return isFields(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }, root);
}

/** The document with `value` at `path`; what is missing on the way is made. */
export function withValue(root: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  if (typeof step === "string") {
    const fields = isFields(root) ? root : {};
    const old = Object.hasOwn(fields, step) ? fields[step] : undefined;
    return { ...fields, [step]: withValue(old, rest, value) };
  }
  const list: readonly unknown[] = Array.isArray(root) ? root : [];
  if (!list.some((item) => isThe(step, item))) {
    const made = withValue({}, rest, value);
    return [...list, { ...made as Fields, ...step.item }];
  }
  return list.map((item) => isThe(step, item) ? withValue(item, rest, value) : item);
}

/**
 * Sees that an edit did what it was to do and nothing else, by what a parser makes of both texts.
 * @throws PauseError `usage` when it did not
 */
export function requireOnly(
  file: string,
  before: unknown,
  { path, value }: { readonly path: Path; readonly value: Value },
  after: () => unknown,
): void {
  // Parsers differ in the prototypes of what they make.
  const wanted = structuredClone(withValue(before, path, value));
  try {
    if (isDeepStrictEqual(structuredClone(after()), wanted)) return;
  } catch (error) {
    if (!(error instanceof PauseError)) throw error;
  }
  throw new PauseError(
    "usage",
    `Cannot edit ${file}: ${
      pathName(path)
    } would have to go where the file is written in one line, or in a way that is not ours to change. Write it by hand: nothing was changed.`,
  );
}

/** A path in words: `plugins.io.containerd.grpc.v1.cri.sandbox_image`. */
export function pathName(path: Path): string {
  return path.map((step) => typeof step === "string" ? step : `[${step.item[step.by]}]`).join(".");
}

/** The line that an offset is on, from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** What a file's lines end with. */
export function endOfLine(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** Puts whole lines into a text, where a line begins. */
export function insertLines(text: string, offset: number, lines: readonly string[]): string {
  const end = endOfLine(text);
  const before = text.slice(0, offset);
  const gap = before === "" || before.endsWith("\n") ? "" : end;
  return before + gap + lines.map((line) => line + end).join("") + text.slice(offset);
}

/** Where the line after an offset begins. */
export function nextLine(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  return at < 0 ? text.length : at + 1;
}

/** The error for a file that is not in the format that it should have. */
export function unreadable(
  file: string,
  format: string,
  found: string,
  place: { readonly line: number; readonly column: number },
): PauseError {
  const { line, column } = place;
  return new PauseError(
    "usage",
    `Cannot read ${file}: it is no ${format}: line ${line}, column ${column}: ${found}. Correct it there; nothing was changed.`,
    { where: [{ file, line, column, message: found }] },
  );
}

function isThe({ by, item }: Item, found: unknown): boolean {
  return isFields(found) && found[by] === item[by];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
