/** How a number came out when it was taken several times. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** For what comes in steps, such as pages: a median would jump from one to the next. */
  readonly mean: number;
}

/** @param values at least one */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (place: number): number => sorted[place] ?? NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    min: at(0),
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    max: at(sorted.length - 1),
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
  };
}
