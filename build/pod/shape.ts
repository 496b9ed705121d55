import { didYouMean } from "../did-you-mean.ts";
import { type Fault, formatPath, type Path } from "../yaml/faults.ts";
import type { YamlFile } from "../yaml/yaml.ts";

/** What a value has to be, and in words: `a name such as web`. */
export type Shape =
  & { readonly expected: string }
  & (
    | { readonly is: "text"; readonly matches?: RegExp | ((text: string) => boolean) }
    | { readonly is: "number"; readonly least: number; readonly most: number }
    | { readonly is: "truth" }
    | { readonly is: "list"; readonly of: Shape; readonly least?: number }
    | {
      readonly is: "mapping";
      readonly fields: Readonly<Record<string, Shape>>;
      readonly needs: readonly string[];
    }
  );

/** Compares a file with a shape. All that is wrong, in the order of the shape. */
export function faultsOf(file: YamlFile, shape: Shape): Fault[] {
  return valueFaults(file, shape, file.value, []);
}

function valueFaults(file: YamlFile, shape: Shape, value: unknown, path: Path): Fault[] {
  const wrong = (message: string, part: "key" | "value" = "value"): Fault => ({
    path,
    place: file.placeOf(path, part),
    message,
  });
  if (!fits(shape, value)) {
    return [wrong(`Found ${show(value)}. Expected: ${shape.expected}.${hint(file, shape, path)}`)];
  }
  if (shape.is === "list") {
    return (value as readonly unknown[]).flatMap((item, at) =>
      valueFaults(file, shape.of, item, [...path, at])
    );
  }
  if (shape.is !== "mapping") return [];
  const { fields, needs } = shape;
  const missing = needs.filter((key) => !Object.hasOwn(value as object, key));
  return [
    ...(missing.length > 0 ? [wrong(`It lacks ${missing.join(" and ")}.`)] : []),
    ...Object.entries(value as object).flatMap(([key, item]) => {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      const at = [...path, key];
      return field
        ? valueFaults(file, field, item, at)
        : [{ path: at, place: file.placeOf(at, "key"), message: unknown(at, Object.keys(fields)) }];
    }),
  ];
}

/** Whether a value is of a shape, what is in it aside. */
export function fits(shape: Shape, value: unknown): boolean {
  switch (shape.is) {
    case "text":
      return typeof value === "string" && isMatch(value, shape.matches);
    case "number":
      return Number.isInteger(value) && Number(value) >= shape.least && Number(value) <= shape.most;
    case "truth":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value) && value.length >= (shape.least ?? 0);
    case "mapping":
      return typeof value === "object" && value !== null && !Array.isArray(value);
  }
}

function isMatch(
  text: string,
  matches: RegExp | ((text: string) => boolean) = () => true,
): boolean {
  return typeof matches === "function" ? matches(text) : matches.test(text);
}

/** What YAML made of words that were meant otherwise. */
function hint(file: YamlFile, { is }: Shape, path: Path): string {
  const written = file.writtenAs(path);
  return is !== "text" || written === undefined || /^["'|>]/.test(written)
    ? ""
    : ` Where a text is meant, write it in quotes: "${written.slice(0, 64)}".`;
}

function unknown(path: Path, known: readonly string[]): string {
  const key = String(path.at(-1)).slice(0, 64);
  const parent = formatPath(path.slice(0, -1)) || "A Pod";
  return `The field ${key} is not done here.${didYouMean(key, known)} ${parent} may have ${
    known.join(", ")
  }.`;
}

function show(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string"
    ? `"${value.slice(0, 64)}"`
    : `the ${typeof value} ${String(value)}`;
}
