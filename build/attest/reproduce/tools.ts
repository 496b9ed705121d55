import type { BillTool } from "../sbom/bill.ts";
import { type Difference, mapDifferences } from "./difference.ts";

/** Compares the tools that something was made with, by all that each says of its version. */
export function toolDifferences(
  image: readonly BillTool[],
  rebuilt: readonly BillTool[],
): Difference[] {
  return mapDifferences(toldBy(image), toldBy(rebuilt));
}

function toldBy(tools: readonly BillTool[]): Record<string, string> {
  return Object.fromEntries(tools.map(({ name, told }) => [name, told]));
}
