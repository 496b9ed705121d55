import pLimit from "p-limit";
import { PauseError } from "../../error.ts";
import { everySettled } from "../../host/settle.ts";
import type { Candidate } from "./candidate.ts";

/** Reads one thing, which may lead to others. It fails alone. */
export type Look = () => Promise<readonly (Candidate | Look)[]>;

/** What was found, and what could not be read. */
export interface Collected {
  readonly candidates: readonly Candidate[];
  /** Why, a sentence each. */
  readonly unread: readonly string[];
}

/** What there is to say where nobody gave up, and it was stopped nevertheless. */
const LATE = "It took longer than it may.";

/** How many things are read at once. */
const AT_ONCE = 8;

/**
 * Takes all looks, and those to which they lead.
 * @param isOver whether an error ends everything: the user gave up
 * @throws what is over; what is no PauseError
 */
export async function lookAll(
  looks: readonly Look[],
  isOver: (error: PauseError) => boolean,
): Promise<Collected> {
  const limit = pLimit(AT_ONCE);
  const candidates: Candidate[] = [];
  const unread = new Set<string>();
  const take = async (look: Look): Promise<readonly (Candidate | Look)[]> => {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof PauseError) || isOver(error)) throw error;
      unread.add(error.code === "interrupted" ? `${error.message} ${LATE}` : error.message);
      return [];
    }
  };
  for (let level = looks; level.length > 0;) {
    const found = (await everySettled(level.map((look) => limit(() => take(look))))).flat();
    candidates.push(...found.filter((one) => typeof one !== "function"));
    level = found.filter((one) => typeof one === "function");
  }
  return { candidates, unread: [...unread] };
}
