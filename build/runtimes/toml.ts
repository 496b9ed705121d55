import { isDeepStrictEqual } from "node:util";
import { parse } from "smol-toml";
import { type Pair, type Scanned, scanToml } from "./toml-scan.ts";
import {
  insertLines,
  lineAt,
  nextLine,
  requireOnly,
  unreadable,
  type Value,
  valueAt,
} from "./value.ts";

/** A TOML file that was read. */
export interface TomlFile {
  readonly value: unknown;
  /** The line of the key at `path`, from 1; undefined when it is not there. */
  lineOf(path: readonly string[]): number | undefined;
}

/**
 * Reads TOML.
 * @param file how messages name it
 * @throws PauseError `usage` for what is none, with the place
 */
export function readToml(text: string, file: string): TomlFile {
  const value = parsed(text, file);
  return {
    value,
    lineOf: (path) => {
      const { pairs, tables } = scanToml(text);
      const start = pairs.find((pair) => isDeepStrictEqual(pair.path, path))?.start ??
        tables.find((table) => table.body > 0 && isDeepStrictEqual(table.path, path))?.start;
      return start === undefined ? undefined : lineAt(text, start);
    },
  };
}

/**
 * Sets one value and leaves every other byte as it is. A key that is there gets the new value in its
 * old quotes; another goes into its table, below a commented example of it where there is one.
 *
 * @returns the new text; the same one when it says so already
 * @throws PauseError `usage` for what is no TOML, and where it cannot be done without more changes
 */
export function setToml(
  text: string,
  file: string,
  path: readonly string[],
  value: Value,
): string {
  const before = parsed(text, file);
  if (isDeepStrictEqual(valueAt(before, path), value)) return text;
  const after = splice(text, path, value);
  requireOnly(file, before, { path, value }, () => parsed(after, file));
  return after;
}

function parsed(text: string, file: string): unknown {
  try {
    return parse(text, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    const { line, column, message } = error as Error & { line?: number; column?: number };
    if (line === undefined || column === undefined) throw error;
    // Below its first line the message quotes the file, which may hold what is nobody's business.
    const [found = ""] = message.split("\n");
    throw unreadable(file, "TOML", found.replace(/^Invalid TOML document: /, ""), { line, column });
  }
}

function splice(text: string, path: readonly string[], value: Value): string {
  const scanned = scanToml(text);
  const pair = scanned.pairs.find((pair) => isDeepStrictEqual(pair.path, path));
  if (pair !== undefined) {
    const [start, end] = pair.value;
    const quote = text[start] === "'" ? "'" : '"';
    return text.slice(0, start) + rendered(value, quote) + text.slice(end);
  }
  return insert(text, scanned, path, value);
}

function insert(text: string, scanned: Scanned, path: readonly string[], value: Value): string {
  const { tables, pairs } = scanned;
  const parent = path.slice(0, -1);
  const line = (words: readonly string[]): string => `${keyOf(words)} = ${rendered(value)}`;
  const table = tables.findIndex(({ path, isArray }) =>
    !isArray && isDeepStrictEqual(path, parent)
  );
  if (table >= 0) return insertInto(text, scanned, table, line(path.slice(-1)), path.at(-1) ?? "");
  const dotted = pairs.findLast((pair) => {
    const within = tables[pair.table]?.path.length ?? 0;
    return within < parent.length && pair.path.length > parent.length &&
      isDeepStrictEqual(pair.path.slice(0, parent.length), parent);
  });
  if (dotted !== undefined) {
    const words = path.slice(tables[dotted.table]?.path.length);
    return insertLines(text, nextLine(text, dotted.value[1]), [
      indentAt(text, dotted.start) + line(words),
    ]);
  }
  const gap = text.trim() === "" ? [] : [""];
  return insertLines(text, text.length, [...gap, `[${keyOf(parent)}]`, line(path.slice(-1))]);
}

function insertInto(
  text: string,
  { tables, pairs }: Scanned,
  at: number,
  line: string,
  key: string,
): string {
  const { start = 0, body = 0, path = [] } = tables[at] ?? {};
  const end = tables[at + 1]?.start ?? text.length;
  const isIn = (pair: Pair): boolean => pair.table === at;
  const last = pairs.findLast(isIn);
  if (at === 0 && last === undefined) {
    return insertLines(text, 0, text.trim() === "" ? [line] : [line, ""]);
  }
  const deeper = indentAt(text, start) === "" ? "" : "  ";
  const indent = last === undefined
    ? indentAt(text, start) + (path.length > 0 ? deeper : "")
    : indentAt(text, pairs.find(isIn)?.start ?? last.start);
  const example = exampleOf(text, pairs, [body, end], key);
  const offset = example ?? (last === undefined ? body : nextLine(text, last.value[1]));
  return insertLines(text, offset, [indent + line]);
}

/** Where the line after a commented example of a key begins. One within a value is none. */
function exampleOf(
  text: string,
  pairs: readonly Pair[],
  [body, end]: readonly [number, number],
  key: string,
): number | undefined {
  const pattern = new RegExp(`^[ \\t]*#+[ \\t]*${key}[ \\t]*=.*$`, "gm");
  const found = [...text.slice(body, end).matchAll(pattern)]
    .map(({ 0: line, index }) => ({ at: body + index, line }))
    .find(({ at }) => !pairs.some(({ value: [from, to] }) => from < at && at < to));
  return found && nextLine(text, found.at + found.line.length);
}

/** The white space before what stands at an offset, if there is nothing else. */
function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function keyOf(words: readonly string[]): string {
  return words.map((word) => /^[\w-]+$/.test(word) ? word : JSON.stringify(word)).join(".");
}

function rendered(value: Value, quote = '"'): string {
  if (typeof value === "boolean") return String(value);
  if (typeof value !== "string") return `[${value.map((one) => rendered(one)).join(", ")}]`;
  return quote === "'" && !/['\n]/.test(value) ? `'${value}'` : JSON.stringify(value);
}
