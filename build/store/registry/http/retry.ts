import { setTimeout as sleep } from "node:timers/promises";
import { reason } from "../../../error.ts";
import { type Answer, drain, type RetryRules } from "./transport.ts";
import { BUDGET, troubleOf } from "./troubles.ts";

export const RETRY: RetryRules = {
  statuses: [408, 429, 500, 502, 503, 504, 522],
  attempts: 4,
  firstDelay: 250,
  longestDelay: 30_000,
};

/**
 * Makes attempts until one succeeds, fails for good, or the rules end.
 *
 * @param spend takes one of the retries that the whole command has; false when there is none left
 * @returns the last answer, whatever its status
 * @throws what the last attempt threw; the signal's reason; an error of its own when the command's
 * retries are used up
 */
export async function retrying<Got extends Answer>(
  rules: RetryRules,
  signal: AbortSignal | undefined,
  attempt: () => Promise<Got>,
  spend: () => boolean = () => true,
): Promise<Got> {
  for (let made = 1;; made++) {
    let wait: number | undefined;
    try {
      const answer = await attempt();
      wait = waitAfter(answer, made, rules);
      if (wait === undefined) return answer;
      await drain(answer);
      if (!spend()) throw new Error(`${BUDGET} it answered ${answer.status}`);
    } catch (error) {
      if (made >= rules.attempts || signal?.aborted || !troubleOf(error)?.retry) throw error;
      wait = backOff(made, rules);
      if (!spend()) throw new Error(`${BUDGET} ${reason(error)}`, { cause: error });
    }
    await sleep(wait, undefined, signal && { signal });
  }
}

/** Milliseconds to wait before the next attempt; undefined when there is to be none. */
function waitAfter(
  { status, headers }: Answer,
  made: number,
  rules: RetryRules,
): number | undefined {
  if (made >= rules.attempts || !rules.statuses.includes(status)) return undefined;
  const asked = retryAfter(headers.get("retry-after"), Date.now());
  if (asked === undefined) return backOff(made, rules);
  // Asking sooner than we were told to is what got us here.
  return asked > rules.longestDelay ? undefined : asked;
}

/**
 * Milliseconds to wait after so many attempts: half of the doubled delay, and up to as much again,
 * for many clients are not to come back in step.
 */
export function backOff(made: number, { firstDelay, longestDelay }: RetryRules): number {
  const full = Math.min(longestDelay, firstDelay * 2 ** (made - 1));
  return full / 2 + Math.random() * full / 2;
}

/**
 * Reads a Retry-After header: seconds or a date.
 *
 * @param now milliseconds since 1970
 * @returns milliseconds from now, ≥ 0; undefined when there is no header or it is neither
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  // Date.parse takes "-1" for a year.
  const date = /^[A-Z]/i.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
