import { PauseError, type Where } from "../error.ts";

/** A line of a file: what an error points at. */
export interface Place {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** The line of the file that this one was rendered from: what the user wrote. */
  readonly origin?: Pick<Where, "file" | "line">;
}

/**
 * The `dockerfile` error for what cannot be built.
 * @param found what is so at `place`, without a full stop
 * @param next what to do about it
 */
export function refuse(place: Place, found: string, next: string): PauseError {
  const { path: file, line, origin = { file, line } } = place;
  const message = `Cannot build ${file}:${line}: ${found}. ${next}`;
  return new PauseError("dockerfile", message, { where: [{ ...origin, message }] });
}
