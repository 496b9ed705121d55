import type { Place } from "./sleeper.ts";

/** What pause says when it is not the first process. */
export const WARNING = "Warning: pause should be the first process\n";

/** The last words of pause, by the signal that ends it. */
export const LAST_WORDS = {
  SIGINT: "Shutting down, got signal: Interrupt\n",
  SIGTERM: "Shutting down, got signal: Terminated\n",
} as const;

/** The signals that end pause. */
export const ENDING = ["SIGINT", "SIGTERM"] as const;

/** What stderr has of a pause that `signal` has ended. */
export function errorsOf(place: Place, signal: (typeof ENDING)[number]): string {
  return (place === "first" ? "" : WARNING) + LAST_WORDS[signal];
}
