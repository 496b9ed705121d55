import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import type { Fault, Path, Place } from "./faults.ts";

/** The largest file that is read, in bytes: some 20,000 sources of a sync file. */
export const SIZE_LIMIT: number = 2 * 1024 * 1024;

/** What people write nests ten deep at most. The parser takes its time with what is made to overflow its stack. */
const BRACKETS_LIMIT = 50;

/** Values that a file may have, those that its aliases repeat included. */
const VALUE_LIMIT = 1_000_000;

/** A file that was read as YAML. */
export interface YamlFile {
  /** What it says; of no use when there are faults. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** Where the value of `path` begins, or its key; of what is not there, where it would be. */
  placeOf(path: Path, part?: "key" | "value"): Place;
  /** How the scalar at `path` is written, without quotes: `3.10`, which is the number 3.1. */
  writtenAs(path: Path): string | undefined;
}

/** The tags that say what a scalar or a collection is without changing what the file means. */
const KNOWN_TAGS = ["str", "int", "float", "bool", "null", "map", "seq"]
  .map((name) => `tag:yaml.org,2002:${name}`);

/** The parser's codes in our words: its own may quote the file, which may hold what it should not. */
const WORDS: Readonly<Record<string, string>> = {
  ALIAS_PROPS: "an alias has a tag or an anchor of its own",
  BAD_ALIAS: "an alias has no name",
  BAD_DIRECTIVE: "a line that begins with % is no directive of YAML 1.2",
  BAD_DQ_ESCAPE: "a backslash in double quotes begins no escape of YAML; use single quotes",
  BAD_INDENT: "it is not indented as what stands around it, or a bracket is not closed",
  BAD_SCALAR_START: "a value begins with a character that YAML reserves; write it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "there is a second colon on the line; write the value in quotes",
  BLOCK_IN_FLOW: "a list or mapping over several lines stands in brackets",
  DUPLICATE_KEY: "the key is there already; write it once",
  MISSING_CHAR: "a quote, a bracket, a comma or a colon is missing",
  MULTILINE_IMPLICIT_KEY: "a key goes over several lines, or the colon behind it is missing",
  MULTIPLE_DOCS: "a second document begins; write one to a file",
  NON_STRING_KEY: "a key is no word",
  RESOURCE_EXHAUSTION: "it nests too deep",
  TAB_AS_INDENT: "a tab indents it; indent with spaces",
  UNEXPECTED_TOKEN: "something stands where nothing may, such as a second comma",
  TAG_RESOLVE_FAILED: "it has a tag, which YAML does not know; leave out what begins with !",
};

/**
 * Reads YAML 1.2 with the core schema: no tags of its own, no merge keys, one document. Nothing in
 * it makes us work or remember without bound.
 *
 * @param bytes UTF-8
 * @see https://yaml.org/spec/1.2.2/
 */
export function readYaml(bytes: Uint8Array): YamlFile {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const text = decode(bytes);
  if (typeof text !== "string") return nothing(text.fault);
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    uniqueKeys: true,
    stringKeys: true,
    prettyErrors: false,
    // "silent" keeps quiet about a second document.
    logLevel: "error",
    lineCounter: lines,
  });
  const faults = faultsOf(document, place);
  const fail = (node: Node, message: string): undefined => {
    faults.push({ place: place(node.range?.[0] ?? 0), path: [], message });
  };
  const targets = targetsOf(document);
  const value = faults.length > 0 ? undefined : valueOf(document, targets, fail);
  return {
    value,
    faults,
    placeOf: (path, part = "value") => place(offsetOf(document, targets, path, part)),
    writtenAs: (path) => {
      const node = path.reduce<unknown>(
        (node, step) => childOf(targets, node, step)?.value,
        document.contents,
      );
      return isScalar(node) ? node.source : undefined;
    },
  };
}

function decode(bytes: Uint8Array): string | { readonly fault: string } {
  if (bytes.length > SIZE_LIMIT) {
    return { fault: `it has ${bytes.length} bytes, more than ${SIZE_LIMIT}` };
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { fault: "it is not in UTF-8" };
  }
  return isTooDeep(text) ? { fault: "its brackets nest too deep" } : text;
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === "[" || lexeme === "{") depth++;
    else if (lexeme === "]" || lexeme === "}") depth--;
    if (depth > BRACKETS_LIMIT) return true;
  }
  return false;
}

function faultsOf(
  { errors, warnings, directives }: Document.Parsed,
  place: (offset: number) => Place,
): Fault[] {
  const fault = (offset: number, message: string): Fault => ({
    place: place(offset),
    path: [],
    message,
  });
  const exhausted = errors.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  const faults = (exhausted ? [exhausted] : [...errors, ...warnings]).map(({ code, pos }) =>
    fault(pos[0], sentence(WORDS[code] ?? "it is no YAML"))
  );
  if (!directives.yaml.explicit || directives.yaml.version === "1.2") return faults;
  return [
    fault(
      0,
      "It says that it is YAML 1.1, where yes and 1:30 mean something else. Leave out %YAML.",
    ),
    ...faults,
  ];
}

/** What each alias stands for: the last anchor of its name that stands before it. */
function targetsOf(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_, node) => {
      const target = isAlias(node) ? anchors.get(node.source) : undefined;
      if (isAlias(node)) return target && void targets.set(node, target);
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function nothing(found: string): YamlFile {
  const place = { line: 1, column: 1 };
  return {
    value: undefined,
    faults: [{ place, path: [], message: sentence(found) }],
    placeOf: () => place,
    writtenAs: () => undefined,
  };
}

/** The value of a document, aliases put in. */
function valueOf(
  document: Document,
  targets: ReadonlyMap<Alias, Node>,
  fail: (node: Node, message: string) => undefined,
): unknown {
  let count = 0;
  const within: Node[] = [];
  const read = (node: unknown): unknown => {
    if (!isNode(node) || count > VALUE_LIMIT) return null;
    if (++count > VALUE_LIMIT) return fail(node, "Its aliases repeat too much.");
    if (node.tag !== undefined && !KNOWN_TAGS.includes(node.tag)) {
      return fail(node, sentence(WORDS.TAG_RESOLVE_FAILED ?? ""));
    }
    const target = isAlias(node) ? targets.get(node) : node;
    if (target === undefined) return fail(node, "No anchor of this name stands before it.");
    if (isScalar(target)) return target.value;
    if (within.includes(target)) return fail(node, "It stands within what it repeats.");
    within.push(target);
    const value = collection(target, read);
    within.pop();
    return value;
  };
  return read(document.contents);
}

function collection(node: Node, read: (node: unknown) => unknown): unknown {
  if (isSeq(node)) return node.items.map(read);
  if (!isMap(node)) return undefined;
  // fromEntries makes a property of __proto__ like any other.
  return Object.fromEntries(node.items.map(({ key, value }) => [keyName(key), read(value)]));
}

function keyName(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}

interface Child {
  readonly key: unknown;
  readonly value: unknown;
}

function childOf(
  targets: ReadonlyMap<Alias, Node>,
  parent: unknown,
  step: string | number,
): Child | undefined {
  const node = isAlias(parent) ? targets.get(parent) : parent;
  if (isSeq(node) && typeof step === "number") {
    return { key: node.items[step], value: node.items[step] };
  }
  return isMap(node) ? pairOf(node, String(step)) : undefined;
}

function pairOf(map: YAMLMap, name: string): Child | undefined {
  return map.items.find(({ key }) => keyName(key) === name);
}

/** Where the last step of a path is that is there. */
function offsetOf(
  document: Document,
  targets: ReadonlyMap<Alias, Node>,
  path: Path,
  part: "key" | "value",
): number {
  let [node, offset]: [unknown, number] = [document.contents, startOf(document.contents) ?? 0];
  for (const [at, step] of path.entries()) {
    const child = childOf(targets, node, step);
    if (child === undefined) return offset;
    const wanted = part === "key" && at === path.length - 1 ? child.key : child.value;
    offset = startOf(wanted) ?? startOf(child.key) ?? offset;
    node = child.value;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function sentence(found: string): string {
  return `${found.charAt(0).toUpperCase()}${found.slice(1)}.`;
}
