import { EXIT_CODES } from "../../error.ts";

/** The four answers to the question who signed an image. */
export type Verdict = "signed" | "untrusted" | "unsigned" | "unknown";

/** The exit code of each verdict. */
export const VERDICT_CODES: Readonly<Record<Verdict, number>> = {
  signed: 0,
  untrusted: EXIT_CODES.verification,
  unsigned: EXIT_CODES.unsigned,
  unknown: EXIT_CODES.unknown,
};

/** From the worst to the best: what is certain before what is not. */
const ORDER: readonly Verdict[] = ["untrusted", "unsigned", "unknown", "signed"];

/** The verdict of several together: the worst one. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return ORDER.find((verdict) => verdicts.includes(verdict)) ?? "unknown";
}
