import { isDeepStrictEqual } from "node:util";
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { PauseError } from "../error.ts";
import {
  endOfLine,
  insertLines,
  type Item,
  lineAt,
  nextLine,
  type Path,
  requireOnly,
  unreadable,
  valueAt,
  withValue,
} from "./value.ts";

/** A YAML file that was read: of its documents the one that was asked for. */
export interface YamlFile {
  /** Undefined when there is no such document. */
  readonly value: unknown;
  /** The line of the last step of `path`, from 1; undefined when it is not there. */
  lineOf(path: Path): number | undefined;
}

/**
 * Reads YAML.
 *
 * @param file how messages name it
 * @param kind of the document that is meant, as Kubernetes' objects have it; undefined: of none, or
 * the first one
 * @throws PauseError `usage` for what is none, with the place
 */
export function readYaml(text: string, file: string, kind: string | undefined): YamlFile {
  const document = chosen(parsed(text, file), kind);
  return {
    value: document && valueOf(document, file),
    lineOf: (path) => {
      const found = document && follow(document, path);
      const offset = found?.rest.length === 0 ? found.keyStart : undefined;
      return offset === undefined ? undefined : lineAt(text, offset);
    },
  };
}

/**
 * Sets one value and leaves every other byte as it is.
 *
 * @param kind as for {@link readYaml}
 * @returns the new text; the same one when it says so already
 * @throws PauseError `usage` for what is no YAML, has no such document, and where it cannot be done
 * without more changes
 */
export function setYaml(
  text: string,
  file: string,
  { kind, path, value }: {
    readonly kind: string | undefined;
    readonly path: Path;
    readonly value: string;
  },
): string {
  const documents = parsed(text, file);
  const document = chosen(documents, kind);
  if (document === undefined && documents.length > 0) {
    throw new PauseError(
      "usage",
      `Cannot edit ${file}: it has no document of kind ${kind}. Name the file that has it.`,
    );
  }
  const before = document && valueOf(document, file);
  if (isDeepStrictEqual(valueAt(before, path), value)) return text;
  const after = document === undefined || document.contents === null
    ? insertLines(text, text.length, linesOf(withValue(undefined, path, value), 0))
    : splice(text, document, path, value);
  requireOnly(file, before, { path, value }, () => {
    const edited = chosen(parsed(after, file), kind);
    return edited && valueOf(edited, file);
  });
  return after;
}

/** Aliases are followed now, and not without bound. */
function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const found = "an alias names no anchor before it, or they repeat too much";
    throw unreadable(file, "YAML", found, { line: 1, column: 1 });
  }
}

function parsed(text: string, file: string): Document[] {
  const lines = new LineCounter();
  const found = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const documents: Document[] = Array.isArray(found) ? [...found] : [];
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error === undefined) return documents;
  const { line, col } = lines.linePos(error.pos[0]);
  throw unreadable(file, "YAML", error.code.toLowerCase().replaceAll("_", " "), {
    line,
    column: col,
  });
}

function chosen(documents: readonly Document[], kind: string | undefined): Document | undefined {
  const kindOf = (document: Document): unknown =>
    isMap(document.contents) ? document.get("kind") : undefined;
  const found = documents.find((document) => kindOf(document) === kind);
  return found ?? (kind === undefined ? documents[0] : undefined);
}

interface Followed {
  /** The last node on the way that is there. */
  readonly node: unknown;
  /** Where what leads to it begins, and where that ends. */
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly rest: Path;
}

function follow(document: Document, path: Path): Followed {
  let found: Followed = { node: document.contents, keyStart: 0, keyEnd: 0, rest: path };
  for (const [at, step] of path.entries()) {
    const next = typeof step === "string" ? pairOf(found.node, step) : itemOf(found.node, step);
    if (next === undefined) return found;
    found = { ...next, rest: path.slice(at + 1) };
  }
  return found;
}

function pairOf(node: unknown, key: string): Omit<Followed, "rest"> | undefined {
  const pair = isMap(node)
    ? node.items.find(({ key: one }) => isScalar(one) && one.value === key)
    : undefined;
  if (pair === undefined || !isNode(pair.key)) return undefined;
  const [keyStart = 0, keyEnd = 0] = pair.key.range ?? [];
  return { node: pair.value, keyStart, keyEnd };
}

function itemOf(node: unknown, { by, item }: Item): Omit<Followed, "rest"> | undefined {
  const found = isSeq(node)
    ? node.items.find((one) => isMap(one) && one.get(by) === item[by])
    : undefined;
  if (!isMap(found)) return undefined;
  const [keyStart = 0] = found.range ?? [];
  return { node: found, keyStart, keyEnd: keyStart };
}

function splice(text: string, document: Document, path: Path, value: string): string {
  const { node, keyStart, keyEnd, rest } = follow(document, path);
  const column = columnOf(text, keyStart);
  if (isScalar(node) && !isEmpty(node) && rest.length === 0) {
    const [start = 0, end = 0] = node.range ?? [];
    return text.slice(0, start) + scalar(text, node, value, column) + text.slice(end);
  }
  if (isMap(node) && !node.flow) return insertPair(text, node, withValue({}, rest, value));
  if (isSeq(node) && !node.flow) return insertItem(text, node, rest, value);
  // A key without a value, or with one that says nothing: `{}`, `~`.
  const bare = isNothing(node) ? without(text, node) : text;
  const colon = bare.indexOf(":", keyEnd) + 1;
  if (rest.length === 0) return `${bare.slice(0, colon)} ${quoted(value)}${bare.slice(colon)}`;
  const made = linesOf(withValue(undefined, rest, value), column + 2);
  return insertLines(bare, nextLine(bare, colon), made);
}

function isNothing(node: unknown): node is Node {
  return (isCollection(node) && node.items.length === 0) ||
    (isScalar(node) && node.value === null && !isEmpty(node));
}

/** The text without a node and the space before it. */
function without(text: string, { range }: Node): string {
  const [start = 0, end = 0] = range ?? [];
  return text.slice(0, start).replace(/[ \t]+$/, "") + text.slice(end);
}

/** The text of a scalar in the style of the one whose place it takes. */
function scalar(text: string, { type, range }: Scalar, value: string, column: number): string {
  const [start = 0, end = 0] = range ?? [];
  // A block of text has the end of its last line.
  const closing = text.slice(start, end).endsWith("\n") ? endOfLine(text) : "";
  if (value.includes("\n")) {
    const pad = " ".repeat(column + 2);
    const lines = value.trimEnd().split("\n").map((line) => line === "" ? "" : pad + line);
    return ["|", ...lines].join(endOfLine(text)) + (end > start ? endOfLine(text) : "");
  }
  if (type === "QUOTE_DOUBLE") return JSON.stringify(value);
  return (type === "QUOTE_SINGLE" ? `'${value}'` : quoted(value)) + closing;
}

function insertPair(text: string, map: YAMLMap, pair: unknown): string {
  const [start = 0] = map.range ?? [];
  const last = map.items.at(-1);
  const node = isNode(last?.value) ? last.value : last?.key;
  return insertLines(text, lineAfter(text, node), linesOf(pair, columnOf(text, start)));
}

function insertItem(text: string, list: YAMLSeq, rest: Path, value: string): string {
  const [start = 0] = list.range ?? [];
  const made = linesOf(withValue([], rest, value), columnOf(text, start));
  return insertLines(text, lineAfter(text, list.items.at(-1)), made);
}

/** Where the line after a node begins. A block of text ends with its last line. */
function lineAfter(text: string, node: unknown): number {
  const end = lastOffset(node);
  return text[end - 1] === "\n" ? end : nextLine(text, end);
}

/** The range of a collection reaches over the comments below it. */
function lastOffset(node: unknown): number {
  if (isMap(node) && !node.flow) {
    const last = node.items.at(-1);
    return lastOffset(isNode(last?.value) && !isEmpty(last.value) ? last.value : last?.key);
  }
  if (isSeq(node) && !node.flow) return lastOffset(node.items.at(-1));
  return isNode(node) ? node.range?.[1] ?? 0 : 0;
}

function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.range?.[0] === node.range?.[1];
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}

function linesOf(value: unknown, column: number): string[] {
  const text = stringify(value, { lineWidth: 0 }).trimEnd();
  return text.split("\n").map((line) => line === "" ? "" : " ".repeat(column) + line);
}

/** As a word of its own where YAML reads one back, else in quotes. */
function quoted(value: string): string {
  return stringify(value, { lineWidth: 0 }).trimEnd();
}
