import { PauseError } from "../error.ts";

/** A line of a file: what an error points at. */
export interface Place {
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/**
 * The `dockerfile` error for what cannot be built.
 * @param found what is so at `place`, without a full stop
 * @param next what to do about it
 */
export function refuse(place: Place, found: string, next: string): PauseError {
  const where = `${place.path}:${place.line}`;
  return new PauseError("dockerfile", `Cannot build ${where}: ${found}. ${next}`);
}
