/** What every store does, as tests that each kind of store has to pass. */

import { test } from "uvu";
import type { Behaviour, Bench } from "./bench.ts";
import { BLOBS } from "./blob-behaviour.ts";
import { MANIFESTS } from "./manifest-behaviour.ts";

/**
 * Declares the tests. The file that calls it ends with `test.run()`.
 *
 * @param kind what the store is called in the tests' names
 * @param behaviour what it does. @default what every store does
 */
export function storeBehaviour(
  kind: string,
  makeBench: () => Promise<Bench>,
  behaviour: Behaviour = { ...BLOBS, ...MANIFESTS },
): void {
  for (const [name, act] of Object.entries(behaviour)) {
    test(`${kind}: ${name}`, async () => {
      const bench = await makeBench();
      try {
        await act(bench);
      } finally {
        await bench.store.abandon();
        await bench.dispose?.();
      }
    });
  }
}
