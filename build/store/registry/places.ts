import type { Digest } from "../../oci/digest.ts";
import { sentAddress } from "./http/endpoint.ts";
import { addressOf, attempt, oddAnswer, type Session } from "./session.ts";
import { type Answer, drain } from "./http/transport.ts";

/** Where a blob is to be uploaded to. */
export interface Place {
  /** Its query stays as it came, to the letter: it may be signed. */
  readonly url: URL;
  /** Bytes that each chunk has to have, but for the last. */
  readonly least: number;
}

/** A registry that wants longer chunks does not get them: each is in memory while it is sent. */
const MOST_LEAST = 256 * 1024 * 1024;

/** Asks once for a place to upload to. Another answer than 202 is handed on. */
export async function begin(session: Session): Promise<Place | Answer> {
  const url = addressOf(session, "blobs/uploads/");
  const answer = await attempt(session, { method: "POST", url });
  if (answer.status !== 202) return answer;
  await drain(answer);
  return placeIn(session, answer);
}

/**
 * The place that an answer names.
 * @param before the place until now, which stays where the answer names none
 * @throws PauseError `registry` when there is none
 */
export function placeIn(session: Session, { url, headers }: Answer, before?: Place): Place {
  const location = headers.get("location");
  if (location === null && before !== undefined) return before;
  const place = location === null ? undefined : sentAddress(url, location);
  if (place === undefined) {
    const what = location === null ? "no address" : "an address that is not https";
    throw oddAnswer(session, `the registry gave ${what} to upload to`);
  }
  place.hash = "";
  const least = Number(headers.get("oci-chunk-min-length") ?? before?.least ?? 0);
  return { url: place, least: Number.isSafeInteger(least) && least <= MOST_LEAST ? least : 0 };
}

/** Where the last request to a place goes, which says what all of it has to be. */
export function lastAddress({ url: { href } }: Place, digest: Digest): URL {
  return new URL(`${href}${href.includes("?") ? "&" : "?"}digest=${digest}`);
}

/** Milliseconds without a byte after which an upload is left for the registry to clean up. */
const WORTH_WAITING = 5_000;

/**
 * Tells the registry that nothing more comes to a place. Whatever it answers, the upload is over.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#endpoints
 */
export async function cancel(session: Session, { url }: Place): Promise<void> {
  const { transport } = session;
  if (transport.signal?.aborted) return;
  const idleTimeout = Math.min(transport.idleTimeout, WORTH_WAITING);
  const hurried = { ...session, transport: { ...transport, idleTimeout } };
  try {
    await drain(await attempt(hurried, { method: "DELETE", url }));
  } catch {
    // The registry forgets it some day.
  }
}
