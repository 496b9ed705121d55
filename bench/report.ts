import { type Figure, isMet } from "./figure.ts";
import type { Machine } from "./machine.ts";
import type { Result } from "./race.ts";

/** All that a run of one bench found: what `--json` prints and `bench/results.json` holds of each. */
export interface Report {
  /** The day, `YYYY-MM-DD`, UTC. */
  readonly date: string;
  /** The load average when it began: processes that wanted a processor, over the last minute. */
  readonly load: number;
  readonly machine: Machine;
  readonly figures: readonly Figure[];
}

/** A figure as lines of text: the number, its budget, met or missed, and the times behind it. */
export function figureLines(figure: Figure): string[] {
  const { what, results = [] } = figure;
  const words = [what, amount(figure), budgetText(figure), verdict(figure)].filter(Boolean);
  return [words.join("  "), ...results.map((result) => `    ${resultText(result)}`)];
}

/** The figures as a table in Markdown, for README. */
export function markdownTable({ figures }: Pick<Report, "figures">): string {
  const rows = figures.map((figure) =>
    [figure.what, amount(figure), budgetText(figure), verdict(figure)].join(" | ")
  );
  return ["| What | Measured | Budget | |", "|---|---|---|---|", ...rows.map((row) => `| ${row} |`)]
    .map((line) => `${line}\n`).join("");
}

/** A line that says on what the figures were taken, and when. */
export function machineLine(
  { date, load, machine }: Pick<Report, "date" | "machine"> & Partial<Report>,
): string {
  const { cpu, threads, system, tools } = machine;
  const versions = Object.entries(tools).map(([tool, version]) => `${tool} ${version}`);
  const busy = load === undefined ? [] : [`load ${load.toFixed(1)} at the start`];
  return [date, cpu, `${threads} threads`, ...busy, system, ...versions].join(", ");
}

function amount({ value, unit }: Pick<Figure, "value" | "unit">): string {
  switch (unit) {
    case "B":
    case "KiB":
    case "wake-ups":
    case "zombies":
      return `${value.toLocaleString("en")} ${unit}`;
    case "ms":
    case "MiB":
      return `${Math.round(value)} ${unit}`;
    case "×":
      return `${value.toFixed(2)} ×`;
    case "round trips":
    case "requests":
      return `${value.toFixed(1)} ${unit}`;
  }
}

function budgetText({ budget, unit }: Figure): string {
  if (budget === undefined) return "";
  return `${budget.at === "most" ? "≤" : "≥"} ${amountOf(budget.value, unit)}`;
}

function amountOf(value: number, unit: Figure["unit"]): string {
  return `${value.toLocaleString("en")} ${unit}`;
}

function verdict(figure: Figure): string {
  if (figure.budget === undefined) return "";
  return isMet(figure) ? "met" : "missed";
}

function resultText({ who, spread: { median, min, max, laps } }: Result): string {
  const [middle, least, most] = [median, min, max].map((time) => time.toFixed(0));
  return `${who}: ${middle} ms (${least} to ${most}, ${laps} laps)`;
}
