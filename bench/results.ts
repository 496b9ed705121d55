import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../build/host/files.ts";
import { grouped } from "../build/host/grouped.ts";
import { machineLine, markdownTable, type Report } from "./report.ts";

/** In the clone, where the bench and the tests run. */
const RESULTS = join("bench", "results.json");

/** The last run that was kept of each bench, by the bench's name, in the order of README's table. */
export type Results = Readonly<Record<string, Report>>;

/** Reads what `bench/results.json` holds. */
export function readResults(): Results {
  return JSON.parse(readFileSync(RESULTS, "utf8")) as Results;
}

/**
 * Keeps runs, each in place of the last one of the same bench.
 * @param names of all benches, in their order
 */
export async function keepResults(runs: Results, names: readonly string[]): Promise<void> {
  const all = { ...readResults(), ...runs };
  const kept = names.flatMap((name) => all[name] ? [[name, all[name]] as const] : []);
  await writeWhole(RESULTS, `${JSON.stringify(Object.fromEntries(kept), undefined, 2)}\n`);
}

/**
 * README's numbers: one table, and what they were taken on. Sizes have a table of their own there.
 */
export function readmeNumbers(results: Results): string {
  const shown = Object.entries(results).map(([name, report]) => {
    return { name, report, figures: report.figures.filter(({ unit }) => unit !== "B") };
  }).filter(({ figures }) => figures.length > 0);
  const taken = [...grouped(shown, ({ report }) => machineLine(report))]
    .map(([line, benches]) => `- ${benches.map(({ name }) => name).join(", ")}: ${line}`);
  const figures = shown.flatMap((one) => one.figures);
  return `${markdownTable({ figures })}\n${taken.join("\n")}\n`;
}
