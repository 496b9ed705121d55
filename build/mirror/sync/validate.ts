import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { didYouMean } from "../../did-you-mean.ts";
import type { Fault, Path } from "../../yaml/faults.ts";
import schema from "./schema.json" with { type: "json" };
import type { YamlFile } from "../../yaml/yaml.ts";

/** The schema of sync files, as it is published and as it is checked by. JSON Schema 2020-12. */
export const SYNC_SCHEMA: Schema = schema as Schema;

/** What an error of the validator is called that only says that there is another one below. */
const WRAPPERS = ["properties", "items", "$ref", "if", "additionalProperties"];

/** Checks a file against the schema. All that is wrong, in our words. */
export function validate(file: YamlFile): Fault[] {
  const { errors } = new Validator(SYNC_SCHEMA, "2020-12", false).validate(file.value);
  return errors.flatMap((error, at) =>
    WRAPPERS.includes(error.keyword) ? [] : [fault(file, error, errors[at - 1])]
  );
}

/** @param wrapper the error before it, which for a key that is not allowed knows the schema's place */
function fault(file: YamlFile, error: OutputUnit, wrapper: OutputUnit | undefined): Fault {
  const path = instancePath(file.value, error.instanceLocation);
  if (error.keyword === "false") {
    const allowed = schemaAt(wrapper?.keywordLocation ?? "#");
    return {
      path,
      place: file.placeOf(path, "key"),
      message: unknownKey(String(path.at(-1)), Object.keys(allowed.properties ?? {})),
    };
  }
  const said = schemaAt(error.keywordLocation);
  return { path, place: file.placeOf(path), message: messageOf(file, path, error, said) };
}

function messageOf(file: YamlFile, path: Path, { keyword }: OutputUnit, said: Schema): string {
  const value = valueAt(file.value, path);
  if (keyword === "required") {
    const missing = (said.required ?? []).filter((key) => !(key in (value as object)));
    return `It lacks ${missing.join(" and ")}: ${said.title} is expected.`;
  }
  const isSecret = isSecretive(path);
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
  if (/passw|secret|token|^auth$|identity|apikey/i.test(key)) {
    return `Secrets do not belong into this file, which is kept and shown around: there is no key "${key}". Name where the login is with credentials: environment, files or authFile.`;
  }
  if (key === "<<") return "YAML 1.2 has no merge keys. Write the keys out.";
  return `There is no key "${key.slice(0, 64)}".${
    didYouMean(key, known) || ` Expected: ${known.join(", ")}.`
  }`;
}

/** What somebody wrote where a name belongs might be the secret itself. */
function isSecretive(path: Path): boolean {
  return path.includes("credentials");
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

/** The part of the schema that a keyword stands in. */
function schemaAt(location: string): Schema {
  const steps = location.split("/").slice(1, -1).map(decoded);
  return steps.reduce<Schema>(
    (at, step) => {
      const next = (at as Record<string, unknown>)[step];
      return typeof next === "string" ? schemaAt(`${next}/.`) : next as Schema;
    },
    SYNC_SCHEMA,
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
