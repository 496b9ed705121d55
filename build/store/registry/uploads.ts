import { PauseError } from "../../error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Repository } from "../../oci/reference.ts";
import type { OpenBlob } from "../store.ts";
import { readAll, verified } from "../verified.ts";
import { sentAddress } from "./http/endpoint.ts";
import { checkAnswered } from "./digest-header.ts";
import {
  addressOf,
  attempt,
  exchange,
  oddAnswer,
  persistently,
  refusal,
  type Session,
} from "./session.ts";
import { type Answer, drain, type Payload } from "./http/transport.ts";
import { brokenSource } from "./http/trouble.ts";

/** Blobs up to this many bytes are sent from memory, and opened once however often they are sent. */
const IN_MEMORY = 4 * 1024 * 1024;

/**
 * Uploads a blob: POST for a place to put it, PUT of all of it there. A PUT that fails starts over
 * with a new place, for nobody knows what became of the old one.
 *
 * @param begun a place that the registry has already given, by {@link mount}
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#post-then-put
 */
export async function upload(
  session: Session,
  blob: Descriptor,
  open: OpenBlob,
  begun?: URL,
): Promise<void> {
  const payload = await payloadOf(blob, open, session);
  let given = begun;
  const answer = await persistently(session, async () => {
    const place = given ?? await begin(session);
    given = undefined;
    if (!(place instanceof URL)) return place;
    const first = await put(session, place, blob, payload);
    if (first.status !== 404) return first;
    // The place is used up or forgotten. Deno's fetch, for one, sends a PUT again by itself when a
    // connection that it kept turns out to be cut.
    await drain(first);
    const other = await begin(session);
    return other instanceof URL ? await put(session, other, blob, payload) : other;
  });
  if (![200, 201, 204].includes(answer.status)) {
    throw await refusal(session, answer, `to the blob ${blob.digest}`);
  }
  await drain(answer);
  checkAnswered(session, answer, blob.digest);
}

/** Checks what the source gives on its way: no registry need see bytes that it cannot want. */
async function payloadOf(blob: Descriptor, open: OpenBlob, session: Session): Promise<Payload> {
  const source = `the source of ${session.repository.repository}`;
  const opened = async (): Promise<ReadableStream<Uint8Array>> =>
    verified(await open(), blob, source);
  if (blob.size > IN_MEMORY) return { size: blob.size, open: opened };
  try {
    return await readAll(await opened());
  } catch (error) {
    throw brokenSource(session.transport, error);
  }
}

/** Asks for a place to upload to. */
async function begin(session: Session): Promise<URL | Answer> {
  const url = addressOf(session, "blobs/uploads/");
  const answer = await attempt(session, { method: "POST", url });
  if (answer.status !== 202) return answer;
  await drain(answer);
  return placeIn(session, answer);
}

function put(session: Session, place: URL, blob: Descriptor, payload: Payload): Promise<Answer> {
  // The query stays as it came, to the letter: it may be signed.
  const { href } = place;
  const url = new URL(`${href}${href.includes("?") ? "&" : "?"}digest=${blob.digest}`);
  const headers = { "content-type": "application/octet-stream" };
  return attempt(session, { method: "PUT", url, headers, payload });
}

function placeIn(session: Session, { url, headers }: Answer): URL {
  const location = headers.get("location");
  const place = location === null ? undefined : sentAddress(url, location);
  if (place === undefined) {
    const what = location === null ? "no address" : "an address that is not https";
    throw oddAnswer(session, `the registry gave ${what} to upload to`);
  }
  place.hash = "";
  return place;
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
): Promise<true | URL | undefined> {
  const url = addressOf(session, `blobs/uploads/?mount=${digest}&from=${from.repository}`);
  const answer = await answerToMount(session, url);
  if (answer === undefined) return undefined;
  await drain(answer);
  if (answer.status === 201) return true;
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
