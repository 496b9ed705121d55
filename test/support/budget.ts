import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";

/** What CI holds sizes and times to. */
export interface Budgets {
  /** Bytes. */
  readonly bundle: { readonly bytes: number };
  readonly action: { readonly bytes: number };
  readonly npm: { readonly packedBytes: number; readonly bytes: number };
  readonly compiled: { readonly embeddedBytes: number };
  readonly startsOfAnEmptyProgram: Readonly<Record<"launcher" | "bundleOnNode", number>>;
}

export const BUDGETS: Budgets = JSON.parse(
  readFileSync("test/house/budgets.json", "utf8"),
) as Budgets;

/** Asserts that so many bytes are within a budget, and that it is not far above them: they would grow unseen. */
export function isWithin(bytes: number, budget: number): void {
  assert.ok(bytes <= budget, `${bytes} bytes, of ${budget}`);
  assert.ok(bytes >= budget * 0.8, `${bytes} bytes, of ${budget}: lower the budget`);
}
