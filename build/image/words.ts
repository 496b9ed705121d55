import { type Place, refuse } from "./place.ts";

/** What the words of an instruction are read with. */
export interface Scope {
  /** The value of a variable, or undefined when there is none such. */
  readonly lookup: (name: string) => string | undefined;
  /** The escape character: a backslash, or what the directive `# escape=` says. */
  readonly escape: string;
  readonly place: Place;
}

interface Cursor {
  readonly text: string;
  at: number;
}

/**
 * Takes the quotes off a word and puts the values of variables into it: `$NAME`, `${NAME}`,
 * `${NAME:-else}`, `${NAME:+instead}`. Nothing is replaced within single quotes.
 *
 * @throws PauseError `dockerfile` for a quote or brace that is not closed, and for other modifiers
 * @see https://docs.docker.com/reference/dockerfile/#environment-replacement
 */
export function expand(text: string, scope: Scope): string {
  return upTo("", { text, at: 0 }, scope);
}

/** Reads up to `end`, and past it; "" means the end of the text. */
function upTo(end: string, cursor: Cursor, scope: Scope): string {
  let out = "";
  while (cursor.at < cursor.text.length) {
    const char = next(cursor);
    if (char === end) return out;
    if (char === "'") out += literal(cursor, scope);
    else if (char === '"') out += quoted(cursor, scope);
    else if (char === "$") out += variable(cursor, scope);
    else if (char === scope.escape) out += next(cursor);
    else out += char;
  }
  if (end !== "") throw unclosed(end, cursor, scope);
  return out;
}

function next(cursor: Cursor): string {
  return cursor.text[cursor.at++] ?? "";
}

function literal(cursor: Cursor, scope: Scope): string {
  const start = cursor.at;
  const end = cursor.text.indexOf("'", start);
  if (end < 0) throw unclosed("'", cursor, scope);
  cursor.at = end + 1;
  return cursor.text.slice(start, end);
}

/** In double quotes an escape character stands for itself, unless what follows it is special there. */
function quoted(cursor: Cursor, scope: Scope): string {
  let out = "";
  while (cursor.at < cursor.text.length) {
    const char = next(cursor);
    if (char === '"') return out;
    if (char === "$") out += variable(cursor, scope);
    else if (char !== scope.escape) out += char;
    else {
      const after = next(cursor);
      out += after === '"' || after === "$" || after === scope.escape ? after : char + after;
    }
  }
  throw unclosed('"', cursor, scope);
}

/** A name, a position, or one of the shell's special parameters, which all are empty here. */
const NAME = /[A-Za-z_]\w*|\d+|[@*#?!-]/y;

function variable(cursor: Cursor, scope: Scope): string {
  if (cursor.text[cursor.at] === "{") {
    cursor.at++;
    return braced(cursor, scope);
  }
  const found = name(cursor);
  return found === undefined ? "$" : scope.lookup(found) ?? "";
}

function name(cursor: Cursor): string | undefined {
  NAME.lastIndex = cursor.at;
  const found = NAME.exec(cursor.text)?.[0];
  cursor.at += found?.length ?? 0;
  return found;
}

function braced(cursor: Cursor, scope: Scope): string {
  const found = name(cursor);
  const value = found === undefined ? "" : scope.lookup(found) ?? "";
  const operator = next(cursor);
  if (found !== undefined && operator === "}") return value;
  const modifier = operator + next(cursor);
  if (found === undefined || (modifier !== ":-" && modifier !== ":+")) {
    throw refuse(
      scope.place,
      `"${cursor.text}" has a "\${" that is none of \${NAME}, \${NAME:-word} and \${NAME:+word}`,
      "Write one of these, or \\${ for the characters themselves.",
    );
  }
  const word = upTo("}", cursor, scope);
  return (value === "") === (modifier === ":-") ? word : value;
}

function unclosed(mark: string, { text }: Cursor, { place }: Scope): Error {
  return refuse(place, `in ${text} a ${mark} is missing`, "Close what was opened.");
}

/** Splits at blanks that are neither quoted nor escaped. The words keep their quotes. */
export function splitWords(text: string, escape: string): string[] {
  const e = escape === "\\" ? "\\\\" : escape;
  const part = `${e}[^]?|'[^']*'?|"(?:${e}[^]|[^"${e}])*${e}?"?|[^\\s'"${e}]`;
  return text.match(new RegExp(`(?:${part})+`, "g")) ?? [];
}

/** Splits at every blank, as Docker does for paths and ports: a quote does not hold words together. */
export function splitBlanks(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/**
 * Reads `NAME=value NAME=value …`, or `NAME the rest of the line`, and expands both sides.
 * @throws PauseError `dockerfile` for a name without a value and for an empty name
 */
export function readPairs(text: string, scope: Scope): [name: string, value: string][] {
  return splitPairs(text, scope).map(([key, value]) => {
    const name = expand(key, scope);
    if (name === "") throw refuse(scope.place, `"${text}" has a blank name`, "Write NAME=value.");
    return [name, expand(value, scope)];
  });
}

function splitPairs(text: string, { escape, place }: Scope): [string, string][] {
  const words = splitWords(text, escape);
  const [, oldName, oldValue] = /^(\S+)\s+(\S[^]*)$/.exec(text) ?? [];
  if (words[0]?.includes("=") !== true && oldName !== undefined && oldValue !== undefined) {
    return [[oldName, oldValue]];
  }
  return words.map((word) => {
    const at = word.indexOf("=");
    if (at < 0) throw refuse(place, `"${word}" has no value`, "Write NAME=value.");
    return [word.slice(0, at), word.slice(at + 1)];
  });
}

/**
 * Reads the JSON form of an instruction's arguments, or gives undefined when it is not in that form.
 *
 * Where Docker quietly takes a broken array for a shell command, this refuses: no shell command of
 * an image without a shell begins with a bracket.
 *
 * @throws PauseError `dockerfile` for what begins as an array and is no array of strings
 */
export function readJson(text: string, place: Place): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  } catch {
    // Falls through: what is wrong with it is said below.
  }
  throw refuse(place, `${text} is no JSON array of strings`, 'Write ["one", "two"].');
}
