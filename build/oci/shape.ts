import { isDigest } from "./digest.ts";
import { isFields } from "./json.ts";

/** Looks at a value, and says what is wrong with it: `manifests[2].size is no size`. Undefined: nothing. */
export type Shape = (value: unknown, at: string) => string | undefined;

/** A shape of values for which `is` holds; `name` is what others are not. */
function kind(name: string, is: (value: unknown) => boolean): Shape {
  return (value, at) => {
    if (value === undefined) return `${at} is missing`;
    return is(value) ? undefined : `${at} is no ${name}`;
  };
}

export const text: Shape = kind("text", (value) => typeof value === "string");

/** Bytes: an integer from 0 to what a number holds exactly. */
export const size: Shape = kind(
  "size",
  (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0,
);

export const digest: Shape = kind(
  "digest",
  (value) => typeof value === "string" && isDigest(value),
);

export const object: Shape = kind("object", isFields);

const array: Shape = kind("list", Array.isArray);

/** Exactly `value`. */
export function constant(value: string | number): Shape {
  return (found, at) => found === value ? undefined : `${at} is not ${value}`;
}

/** What must not be there: it would make a document readable in two ways. */
export const absent: Shape = (value, at) =>
  value === undefined ? undefined : `${at} does not belong there`;

export function optional(shape: Shape): Shape {
  return (value, at) => value === undefined ? undefined : shape(value, at);
}

export function listOf(shape: Shape): Shape {
  return (value, at) =>
    array(value, at) ??
      first(value as unknown[], (item, index) => shape(item, `${at}[${index}]`));
}

/** An object whose values are all of one shape. */
export function recordOf(shape: Shape): Shape {
  return (value, at) =>
    object(value, at) ??
      first(Object.entries(value as object), ([key, item]) => shape(item, member(at, key)));
}

/** An object with at least these fields. */
export function fields(shapes: Readonly<Record<string, Shape>>): Shape {
  return (value, at) => object(value, at) ?? fault(value as Record<string, unknown>, at, shapes);
}

function fault(
  value: Readonly<Record<string, unknown>>,
  at: string,
  shapes: Readonly<Record<string, Shape>>,
): string | undefined {
  return first(Object.entries(shapes), ([key, shape]) => shape(value[key], member(at, key)));
}

function member(at: string, key: string): string {
  return at === "" ? key : `${at}.${key.slice(0, 64)}`;
}

function first<Item>(
  items: readonly Item[],
  look: (item: Item, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = look(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
