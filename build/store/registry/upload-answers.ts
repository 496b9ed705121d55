import { hasBlob } from "./blobs.ts";
import { placeIn } from "./places.ts";
import type { Answer } from "./http/transport.ts";
import { heldBy, isHopeless, startOver, type UploadCourse } from "./upload-course.ts";

/** What an answer means for an upload: another step, its end, or that it cannot be. */
export type Turn = "on" | "done" | "refused";

/** The least that a chunk shrinks to, in bytes. */
const SMALLEST = 64 * 1024;

/** Takes the registry's answer to the last request of an upload. */
export async function take(course: UploadCourse, answer: Answer): Promise<Turn> {
  const { last } = course;
  const { status } = answer;
  if (last === "begin" || last === "status") return "refused";
  if ([200, 201, 202, 204].includes(status)) {
    return last === "chunk" ? takeChunk(course, answer) : "done";
  }
  if (status === 413) return await shrink(course);
  if (isHopeless(course)) return "refused";
  return await TURNS[last](course, status);
}

type Take = (course: UploadCourse, status: number) => Promise<Turn>;

const TURNS: Readonly<Record<"whole" | "chunk" | "end", Take>> = {
  async whole(course, status) {
    // The place is used up or forgotten.
    return status === 404 ? await anew(course) : "refused";
  },
  async chunk(course, status) {
    if (status === 404) return await anew(course);
    // What it has is asked for.
    if (status === 416) return "on";
    if (status !== 405 && status !== 501) return "refused";
    // It knows no chunks: what broke off is tried whole again.
    Object.assign(course, { most: Infinity, chunk: undefined });
    return await anew(course);
  },
  async end(course, status) {
    // The same request before this one may have ended the upload.
    if (status === 404 && await hasBlob(course.session, course.blob)) return "done";
    // Bytes got lost or came twice where the registry looks at no Content-Range.
    const isMixedUp = status === 400 && course.slips > 1;
    return status === 404 || isMixedUp ? await anew(course) : "refused";
  },
};

async function anew(course: UploadCourse): Promise<Turn> {
  await startOver(course);
  return "on";
}

function takeChunk(course: UploadCourse, answer: Answer): Turn {
  const { session, place, sent, offset } = course;
  const held = answer.headers.has("range") ? heldBy(answer) : sent;
  course.place = placeIn(session, answer, place);
  // A registry that says what cannot be is asked before the next chunk.
  course.sure = held !== undefined && held > offset && held <= sent;
  if (course.sure) course.offset = held ?? sent;
  return course.sure || !isHopeless(course) ? "on" : "refused";
}

/** Goes on with smaller chunks, where there are any that the registry may take. */
async function shrink(course: UploadCourse): Promise<Turn> {
  const { chunk, most, blob: { size }, place, last } = course;
  const least = Math.max(SMALLEST, place?.least ?? 0);
  const now = chunk ?? size;
  if (last === "end" || now <= least) return "refused";
  course.chunk = Math.max(least, Math.min(most, Math.ceil(now / 2)));
  if (chunk === undefined) return await anew(course);
  // Nothing was taken, and the place is as good as before.
  course.sure = true;
  return "on";
}
