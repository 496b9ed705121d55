/** What is random in tests: it has a seed, so that what fails in CI fails here. */

import { createHash } from "node:crypto";
import process from "node:process";

/** A whole number. PROPERTY_SEED is another one than the usual. */
export const SEED: number = wholeNumber("PROPERTY_SEED", 20_261_122);

/** The whole number that a variable holds. @throws Error when it holds something else */
export function wholeNumber(variable: string, usual: number): number {
  const value = process.env[variable];
  const number = Number(value ?? usual);
  // Number("") is 0, which nobody chose.
  if (value !== "" && Number.isInteger(number) && Math.abs(number) < 2 ** 31) return number;
  throw new Error(`${variable} is "${value}". Give it a whole number, or unset it.`);
}

/** A number from 0 up to 1, always the same for the same words. */
export function chance(...words: readonly (string | number)[]): number {
  return createHash("sha256").update(words.join(" ")).digest().readUInt32BE(0) / 2 ** 32;
}
