/**
 * fast-check, with the seed of all tests. PROPERTY_TIMES: so many times the usual runs, to look for
 * what they do not find. A failure says its seed.
 */

import fc from "fast-check";
import { SEED, wholeNumber } from "./chance.ts";

const TIMES = wholeNumber("PROPERTY_TIMES", 1);

/** How often a property runs that usually runs `usual` times. */
export function runs(usual: number): number {
  return usual * TIMES;
}

fc.configureGlobal({ seed: SEED, numRuns: runs(100) });

export { fc };
