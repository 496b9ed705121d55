import type { Result } from "./race.ts";

/** What a figure has to keep to. */
export interface Budget {
  readonly at: "most" | "least";
  readonly value: number;
}

/** One number that README may claim. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit:
    | "B"
    | "KiB"
    | "MiB"
    | "ms"
    | "×"
    | "round trips"
    | "requests"
    | "wake-ups"
    | "zombies";
  /** A figure without one is there for comparison. */
  readonly budget?: Budget;
  /** The times behind the value: ours first, then the peer's. */
  readonly results?: readonly Result[];
}

/** Whether the figure keeps to its budget. Without a budget there is nothing to miss. */
export function isMet({ value, budget }: Figure): boolean {
  if (budget === undefined) return true;
  return budget.at === "most" ? value <= budget.value : value >= budget.value;
}

/** The median of the first ÷ the median of the second. */
export function ratio(over: Result, under: Result): number {
  return over.spread.median / under.spread.median;
}
