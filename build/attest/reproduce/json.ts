import { isFields } from "../../oci/json.ts";
import { type Difference, difference } from "./difference.ts";

/**
 * Compares two values of JSON. Where a path is a list's or an object's, what is in it is compared.
 *
 * @param at the path so far: `config.Labels`
 */
export function* jsonDifferences(
  image: unknown,
  rebuilt: unknown,
  at = "",
): Generator<Difference> {
  if (Array.isArray(image) && Array.isArray(rebuilt)) {
    for (let index = 0; index < Math.max(image.length, rebuilt.length); index++) {
      yield* jsonDifferences(image[index], rebuilt[index], `${at}[${index}]`);
    }
  } else if (isFields(image) && isFields(rebuilt)) {
    for (const key of new Set([...Object.keys(image), ...Object.keys(rebuilt)])) {
      yield* jsonDifferences(own(image, key), own(rebuilt, key), member(at, key));
    }
  } else if (written(image) !== written(rebuilt)) {
    yield difference(at, written(image), written(rebuilt));
  }
}

function own(fields: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** As JavaScript and jq write it. */
function member(at: string, key: string): string {
  if (!/^[A-Za-z_]\w*$/.test(key)) return `${at}[${JSON.stringify(key)}]`;
  return at === "" ? key : `${at}.${key}`;
}

function written(value: unknown): string {
  return JSON.stringify(value) ?? "";
}
