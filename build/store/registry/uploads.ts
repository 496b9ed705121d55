import { PauseError } from "../../error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Repository } from "../../oci/reference.ts";
import type { OpenBlob } from "../store.ts";
import { readAll, verified } from "../verified.ts";
import { checkAnswered } from "./digest-header.ts";
import { cancel, type Place, placeIn } from "./places.ts";
import { addressOf, exchange, persistently, refusal, type Session } from "./session.ts";
import { type Answer, drain, type Payload } from "./http/transport.ts";
import { brokenSource } from "./http/trouble.ts";
import { noteStored } from "./stored.ts";
import { take } from "./upload-answers.ts";
import { courseOf, step, type UploadCourse } from "./upload-course.ts";

/** Blobs up to this many bytes are sent from memory, and opened once however often they are sent. */
const IN_MEMORY = 4 * 1024 * 1024;
/** Bytes of a chunk, of a blob that cannot be sent whole. As much of it is in memory at once. */
const CHUNK = 16 * 1024 * 1024;

export interface UploadOptions {
  /** A place that the registry has already given, by {@link mount}. */
  readonly begun?: Place;
  /** Bytes of a chunk, > 0. @default 16 MiB */
  readonly chunk?: number;
}

/**
 * Uploads a blob: POST for a place to put it, PUT of all of it there. A PUT that fails starts over
 * with a new place, for nobody knows what became of the old one; a blob that is larger than a
 * chunk, or than what the registry takes at once, then goes in chunks.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-blobs
 */
export async function upload(
  session: Session,
  blob: Descriptor,
  open: OpenBlob,
  { begun, chunk = CHUNK }: UploadOptions = {},
): Promise<void> {
  const payload = await payloadOf(blob, open, session);
  const course = courseOf(session, blob, payload, chunk, begun);
  try {
    await finish(course);
    noteStored(session, blob.digest);
  } catch (error) {
    if (course.place !== undefined) await cancel(session, course.place);
    throw error;
  } finally {
    await course.cursor.close();
  }
}

async function finish(course: UploadCourse): Promise<void> {
  const { session, blob } = course;
  for (;;) {
    const answer = await persistently(session, () => step(course));
    const turn = await take(course, answer);
    if (turn === "refused") throw await refusal(session, answer, `to the blob ${blob.digest}`);
    await drain(answer);
    if (turn === "on") continue;
    course.place = undefined;
    return answer.status === 404 ? undefined : checkAnswered(session, answer, blob.digest);
  }
}

/** Checks what the source gives on its way: no registry need see bytes that it cannot want. */
async function payloadOf(blob: Descriptor, open: OpenBlob, session: Session): Promise<Payload> {
  const { transport, repository } = session;
  const source = `the source of ${repository.repository}`;
  const opened = async (): Promise<ReadableStream<Uint8Array>> =>
    verified(await open(), blob, source);
  if (blob.size > IN_MEMORY) return { size: blob.size, open: opened };
  try {
    return await readAll(await opened());
  } catch (error) {
    throw brokenSource(transport, error);
  }
}

/**
 * Has the registry take a blob from another of its repositories.
 *
 * @returns true when it did; else the place to upload to that came instead, or undefined when
 * there is none. Whatever the registry has against mounting, an upload may still succeed.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#mounting-a-blob-from-another-repository
 */
export async function mount(
  session: Session,
  { digest }: Descriptor,
  from: Repository,
): Promise<true | Place | undefined> {
  const url = addressOf(session, `blobs/uploads/?mount=${digest}&from=${from.repository}`);
  const answer = await answerToMount(session, url);
  if (answer === undefined) return undefined;
  await drain(answer);
  if (answer.status === 201) {
    noteStored(session, digest);
    return true;
  }
  return answer.status === 202 ? placeIn(session, answer) : undefined;
}

async function answerToMount(session: Session, url: URL): Promise<Answer | undefined> {
  try {
    return await exchange(session, { method: "POST", url });
  } catch (error) {
    // The token server may refuse the other repository, and us with it.
    if (error instanceof PauseError && error.code === "authentication") return undefined;
    throw error;
  }
}
