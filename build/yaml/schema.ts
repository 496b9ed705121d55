import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { didYouMean } from "../did-you-mean.ts";
import type { Fault, Path } from "./faults.ts";
import type { YamlFile } from "./yaml.ts";

/** What is particular about one kind of file. */
export interface SchemaWords {
  /** What to say of a key that the schema does not know. Undefined: that there is none such. */
  readonly unknownKey?: (key: string) => string | undefined;
  /** Whether what stands there may be a secret, which no message repeats. @default nothing is */
  readonly isSecretive?: (path: Path) => boolean;
}

/** What an error of the validator is called that only says that there is another one below. */
const WRAPPERS = ["properties", "items", "$ref", "if", "additionalProperties"];

/**
 * Checks a file against a schema. All that is wrong, in our words: what is expected somewhere is the
 * schema's title there.
 *
 * @param schema JSON Schema 2020-12
 */
export function validateBy(schema: Schema, file: YamlFile, words: SchemaWords = {}): Fault[] {
  const { errors } = new Validator(schema, "2020-12", false).validate(file.value);
  return errors.flatMap((error, at) =>
    WRAPPERS.includes(error.keyword) ? [] : [fault({ schema, file, words }, error, errors[at - 1])]
  );
}

interface Checked {
  readonly schema: Schema;
  readonly file: YamlFile;
  readonly words: SchemaWords;
}

/** @param wrapper the error before it, which for a key that is not allowed knows the schema's place */
function fault(checked: Checked, error: OutputUnit, wrapper: OutputUnit | undefined): Fault {
  const { schema, file, words } = checked;
  const path = instancePath(file.value, error.instanceLocation);
  if (error.keyword === "false") {
    const allowed = schemaAt(schema, wrapper?.keywordLocation ?? "#");
    const key = String(path.at(-1));
    const message = words.unknownKey?.(key) ??
      unknownKey(key, Object.keys(allowed.properties ?? {}));
    return { path, place: file.placeOf(path, "key"), message };
  }
  const said = schemaAt(schema, error.keywordLocation);
  return { path, place: file.placeOf(path), message: messageOf(checked, path, error, said) };
}

function messageOf(
  { file, words }: Checked,
  path: Path,
  { keyword }: OutputUnit,
  said: Schema,
): string {
  const value = valueAt(file.value, path);
  if (keyword === "required") {
    const missing = (said.required ?? []).filter((key) => !(key in (value as object)));
    return `It lacks ${missing.join(" and ")}: ${said.title} is expected.`;
  }
  const isSecret = words.isSecretive?.(path) ?? false;
  const hint = isSecret ? "" : hintFor(value, file.writtenAs(path) ?? "", said.type);
  return `Found ${show(value, isSecret)}. Expected: ${said.title}.${hint}`;
}

/**
 * What YAML made of words that were meant otherwise: a tag 3.10 that became the number 3.1 would
 * name another image.
 */
function hintFor(value: unknown, written: string, type: Schema["type"]): string {
  if (type === "array" && typeof value === "string") return " Write it in brackets.";
  if (type === "string" && ["number", "boolean"].includes(typeof value)) {
    return ` YAML reads ${written} as the ${typeof value} ${value}: write it in quotes, "${written}".`;
  }
  return type === "boolean" && /^(yes|no|on|off)$/i.test(written)
    ? ` ${written} is a text in YAML 1.2.`
    : "";
}

function unknownKey(key: string, known: readonly string[]): string {
  if (key === "<<") return "YAML 1.2 has no merge keys. Write the keys out.";
  return `There is no key "${key.slice(0, 64)}".${
    didYouMean(key, known) || ` Expected: ${known.join(", ")}.`
  }`;
}

const LONGEST = 64;

function show(value: unknown, isSecret: boolean): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return Object.keys(value).length === 0 ? "{}" : "a mapping";
  if (isSecret) return typeof value === "string" ? "a text" : `a ${typeof value}`;
  if (typeof value !== "string") return `the ${typeof value} ${value}`;
  return value === "" ? "an empty text" : `"${withoutLogin(value).slice(0, LONGEST)}"`;
}

/** `user:password@` before a host. */
function withoutLogin(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/@]*@(?=.*[/.:])/i, "$1…@");
}

/** The part of a schema that a keyword stands in. */
function schemaAt(schema: Schema, location: string): Schema {
  const steps = location.split("/").slice(1, -1).map(decoded);
  return steps.reduce<Schema>(
    (at, step) => {
      const next = (at as Record<string, unknown>)[step];
      return typeof next === "string" ? schemaAt(schema, `${next}/.`) : next as Schema;
    },
    schema,
  );
}

/** A path out of a JSON pointer: only the value tells positions in a list from keys. */
function instancePath(root: unknown, pointer: string): Path {
  let value = root;
  return pointer.split("/").slice(1).map(decoded).map((step) => {
    const isPosition = Array.isArray(value);
    value = (value as Record<string, unknown> | null | undefined)?.[step];
    return isPosition ? Number(step) : step;
  });
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<string, unknown> | null | undefined)?.[step],
    root,
  );
}

/** @see https://www.rfc-editor.org/rfc/rfc6901 */
function decoded(step: string): string {
  return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
}
