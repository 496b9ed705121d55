import { parse } from "smol-toml";

/** A table's header. The first one is the file's top, which has none. */
export interface Table {
  readonly path: readonly string[];
  /** Where its header's line begins. */
  readonly start: number;
  /** Where the line after its header begins. */
  readonly body: number;
  /** `[[…]]` */
  readonly isArray: boolean;
}

/** A key with its value. */
export interface Pair {
  /** From the top of the file. */
  readonly path: readonly string[];
  /** The table that it stands in, by its position. */
  readonly table: number;
  readonly start: number;
  readonly value: readonly [start: number, end: number];
}

/** Where things are in a TOML file, as offsets into its text. */
export interface Scanned {
  readonly tables: readonly Table[];
  /** Those within inline tables too, before the pair that they are in. */
  readonly pairs: readonly Pair[];
}

interface Cursor {
  readonly text: string;
  at: number;
  readonly tables: Table[];
  readonly pairs: Pair[];
}

/**
 * Finds the tables and pairs of a text that a parser has accepted: it is not checked again.
 * @see https://toml.io/en/v1.0.0
 */
export function scanToml(text: string): Scanned {
  const top = { path: [], start: 0, body: 0, isArray: false };
  const cursor: Cursor = { text, at: 0, tables: [top], pairs: [] };
  for (skipBlank(cursor); cursor.at < text.length; skipBlank(cursor)) {
    if (text[cursor.at] === "[") readHeader(cursor);
    else readPair(cursor, cursor.tables.at(-1)?.path ?? []);
  }
  return cursor;
}

function readHeader(cursor: Cursor): void {
  const start = cursor.text.lastIndexOf("\n", cursor.at) + 1;
  const bracket = eat(cursor, /\[\[?[ \t]*/y);
  const path = readKey(cursor);
  eat(cursor, /[^\n]*\n?/y);
  cursor.tables.push({ path, start, body: cursor.at, isArray: bracket.startsWith("[[") });
}

function readPair(cursor: Cursor, within: readonly string[]): void {
  const start = cursor.at;
  const path = [...within, ...readKey(cursor)];
  eat(cursor, /[ \t]*=[ \t]*/y);
  const from = cursor.at;
  readValue(cursor, path);
  const value = [from, cursor.at] as const;
  cursor.pairs.push({ path, table: cursor.tables.length - 1, start, value });
}

function readKey(cursor: Cursor): string[] {
  const parts: string[] = [];
  do {
    const word = eat(cursor, /"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+/y);
    parts.push(/^["']/.test(word) ? String(parse(`word = ${word}`).word) : word);
  } while (tryEat(cursor, /[ \t]*\.[ \t]*/y) !== undefined);
  return parts;
}

/** Strings that may hold what looks like anything else, the long forms first. */
const STRING = /"""(?:\\[^]|[^\\])*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*'/y;

function readValue(cursor: Cursor, path: readonly string[]): void {
  const first = cursor.text[cursor.at];
  if (first === "[") readAll(cursor, "]", (at) => readValue(cursor, [...path, String(at)]));
  else if (first === "{") readAll(cursor, "}", () => readPair(cursor, path));
  else if (tryEat(cursor, STRING) === undefined) {
    const word = eat(cursor, /[^,\]}#\r\n]+/y);
    cursor.at -= word.length - word.trimEnd().length;
  }
}

function readAll(cursor: Cursor, close: string, readOne: (at: number) => void): void {
  cursor.at++;
  for (let count = 0;; count++) {
    skipBlank(cursor);
    if (cursor.text[cursor.at] === close) break;
    readOne(count);
    skipBlank(cursor);
    if (cursor.text[cursor.at] === ",") cursor.at++;
  }
  cursor.at++;
}

function skipBlank(cursor: Cursor): void {
  while (tryEat(cursor, /[\s\ufeff]+|#[^\n]*/y) !== undefined);
}

function eat(cursor: Cursor, pattern: RegExp): string {
  const word = tryEat(cursor, pattern);
  if (word === undefined) throw new Error(`TOML is not understood at offset ${cursor.at}`);
  return word;
}

function tryEat(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const [word] = pattern.exec(cursor.text) ?? [];
  cursor.at += word?.length ?? 0;
  return word;
}
