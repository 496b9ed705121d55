import { streamOf } from "../../oci/bytes.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Cursor, cursorOver } from "./cursor.ts";
import { begin, cancel, lastAddress, type Place, placeIn } from "./places.ts";
import { addressOf, attempt, type Session } from "./session.ts";
import { type Answer, drain, type Payload } from "./http/transport.ts";
import { brokenSource } from "./http/trouble.ts";

/** The upload of one blob under way: in one piece, and in chunks when that cannot be. */
export interface UploadCourse {
  readonly session: Session;
  readonly blob: Descriptor;
  readonly payload: Payload;
  readonly cursor: Cursor;
  /** A blob of more bytes than these is not sent whole a second time. */
  most: number;
  /** Bytes of the next chunk; undefined: all of the blob at once. */
  chunk: number | undefined;
  place: Place | undefined;
  /** The registry has that many bytes. */
  offset: number;
  /** Whether that is known; else it is to be found out. */
  sure: boolean;
  /** Where the chunk ended that went furthest: the place cannot have more bytes. */
  sent: number;
  /** What the last request was. */
  last: "begin" | "status" | "whole" | "chunk" | "end";
  /** How often something went wrong in a way that takes another request than the same again. */
  slips: number;
}

/**
 * @param most see {@link UploadCourse}
 * @param place a place that was given already
 */
export function courseOf(
  session: Session,
  blob: Descriptor,
  payload: Payload,
  most: number,
  place: Place | undefined,
): UploadCourse {
  const open = payload instanceof Uint8Array
    ? (): Promise<ReadableStream<Uint8Array>> => Promise.resolve(streamOf(payload))
    : payload.open;
  const cursor = cursorOver(open, blob.size);
  const start = { chunk: undefined, offset: 0, sure: true, sent: 0, slips: 0 };
  return { session, blob, payload, cursor, most, place, last: "begin", ...start };
}

/**
 * Makes the next request, and those that have to come before it: for a place, for what became of
 * what was sent. Called again after a failure, it finds out where that left the upload.
 */
export async function step(course: UploadCourse): Promise<Answer> {
  const lost = course.sure ? undefined : await findOut(course);
  if (lost !== undefined) return lost;
  const place = course.place ?? await begin(course.session);
  course.last = "begin";
  if ("status" in place) return place;
  Object.assign(course, { place, sure: false });
  const { blob: { size }, chunk, offset, payload } = course;
  if (chunk === undefined) return await end(course, place, "whole", payload);
  if (offset === size) return await end(course, place, "end", new Uint8Array());
  return await patch(course, place, await chunkAt(course, Math.max(chunk, place.least)));
}

const BINARY = { "content-type": "application/octet-stream" };

/** The request that ends the upload, with all of the blob or with nothing more. */
function end(
  course: UploadCourse,
  place: Place,
  last: "whole" | "end",
  payload: Payload,
): Promise<Answer> {
  course.last = last;
  const url = lastAddress(place, course.blob.digest);
  return attempt(course.session, { method: "PUT", url, headers: BINARY, payload });
}

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-a-blob-in-chunks */
function patch(course: UploadCourse, { url }: Place, payload: Uint8Array): Promise<Answer> {
  const { session, offset } = course;
  const upTo = offset + payload.length;
  course.last = "chunk";
  course.sent = Math.max(course.sent, upTo);
  const headers = { ...BINARY, "content-range": `${offset}-${upTo - 1}` };
  return attempt(session, { method: "PATCH", url, headers, payload });
}

async function chunkAt(
  { session, cursor, offset }: UploadCourse,
  length: number,
): Promise<Uint8Array> {
  try {
    return await cursor.read(offset, length);
  } catch (error) {
    throw brokenSource(session.transport, error);
  }
}

/**
 * Finds out where the last request left the upload, which got no answer or one that does not say.
 * @returns an answer when there is nothing more to be done: the blob is there, or the registry was
 * asked too often
 */
async function findOut(course: UploadCourse): Promise<Answer | undefined> {
  const { last, chunk, blob: { size }, most } = course;
  if (last === "chunk" || last === "status") return await findOffset(course);
  if (last === "begin" || chunk === undefined && size <= most) return await startOver(course);
  const there = await findBlob(course);
  if (there !== undefined) return there;
  if (chunk !== undefined) return await findOffset(course);
  course.chunk = most;
  return await startOver(course);
}

/** The registry's word that it has the blob: only the answer was lost that said so. */
async function findBlob(course: UploadCourse): Promise<Answer | undefined> {
  const { session, blob: { digest } } = course;
  const answer = await attempt(session, {
    method: "HEAD",
    url: addressOf(session, `blobs/${digest}`),
  });
  await drain(answer);
  if (answer.status !== 200) return undefined;
  course.last = "end";
  return answer;
}

async function findOffset(course: UploadCourse): Promise<Answer | undefined> {
  const { session, place } = course;
  if (place === undefined) return undefined;
  course.last = "status";
  const answer = await attempt(session, { method: "GET", url: place.url });
  const has = answer.status === 204 || answer.status === 200 ? heldBy(answer) : undefined;
  const isSure = has !== undefined && has <= course.sent;
  if (!isSure && isHopeless(course)) return answer;
  await drain(answer);
  if (!isSure) return await startOver(course);
  Object.assign(course, { place: placeIn(session, answer, place), offset: has, sure: true });
  return undefined;
}

/** How many bytes of an upload the registry says that it holds. */
export function heldBy({ headers }: Answer): number | undefined {
  const last = Number(/^(?:bytes=)?0-(\d+)$/.exec(headers.get("range") ?? "")?.[1] ?? 0);
  // "0-0" is said of one byte and of none.
  return last > 0 ? last + 1 : undefined;
}

/** Leaves the place for a new one, which gets the blob from its first byte. */
export async function startOver(course: UploadCourse): Promise<undefined> {
  const { session, place } = course;
  Object.assign(course, { place: undefined, offset: 0, sent: 0, sure: true });
  if (place !== undefined) await cancel(session, place);
}

/** Counts a slip. Whether there were too many. */
export function isHopeless(course: UploadCourse): boolean {
  return ++course.slips > course.session.transport.retry.attempts;
}
