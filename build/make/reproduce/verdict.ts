import { EXIT_CODES } from "../../error.ts";

/**
 * What building an image once more tells of it: every byte is the same, some are not, or it cannot
 * be told, because what it was built of is not known or not at hand.
 */
export type Verdict = "identical" | "different" | "cannot tell";

/** The exit code of each. */
export const VERDICT_EXITS: Readonly<Record<Verdict, number>> = {
  identical: 0,
  different: EXIT_CODES.verification,
  "cannot tell": EXIT_CODES.unknown,
};

/** From best to worst: that something differs is never covered up. */
const ORDER: readonly Verdict[] = ["identical", "cannot tell", "different"];

/** The worst of several; of none it cannot be told. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return "cannot tell";
  return ORDER[Math.max(...verdicts.map((verdict) => ORDER.indexOf(verdict)))] ?? "cannot tell";
}
