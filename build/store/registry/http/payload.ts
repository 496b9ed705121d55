import type { ClientRequest } from "node:http";
import type { PauseError } from "../../../error.ts";
import { passOn } from "./memory.ts";
import type { Payload, Transport } from "./transport.ts";
import { brokenSource } from "./trouble.ts";
import { unless } from "./unless.ts";
import type { Watch } from "./watch.ts";

/** A payload that is about to be sent. */
export interface Sending {
  /** Its length in bytes. */
  readonly size: number;
  /** Sends it and ends the request. The request is destroyed when that fails. */
  into(request: ClientRequest, watch: Watch): void;
  /** Whether all of it has been handed over. */
  isOver(): boolean;
  /** Ends the sending, and closes the source: an answer that came early is all that matters. */
  stop(): void;
  /** Why its source failed, if it did. */
  failure(): PauseError | undefined;
}

/** How much of what is in memory is sent at a time, so that it is seen to move. In bytes. */
const SLICE = 256 * 1024;

/**
 * Opens a payload.
 * @throws PauseError what {@link brokenSource} makes of a source that cannot be opened; the reason
 * of `transport.signal`
 */
export async function opened(payload: Payload, transport: Transport): Promise<Sending> {
  if (payload instanceof Uint8Array) return sending(payload.length, slicesOf(payload), transport);
  const stream = payload.open();
  try {
    return sending(payload.size, chunksOf(await unless(transport.signal, stream)), transport);
  } catch (error) {
    stream.then((late) => late.cancel()).catch(() => {});
    transport.signal?.throwIfAborted();
    throw brokenSource(transport, error);
  }
}

/** Where the bytes come from. */
interface Source {
  next(): Promise<Uint8Array | undefined>;
  close(): void;
}

function slicesOf(bytes: Uint8Array): Source {
  let at = 0;
  return {
    next() {
      const slice = bytes.subarray(at, at += SLICE);
      return Promise.resolve(slice.length === 0 ? undefined : slice);
    },
    close: () => {},
  };
}

function chunksOf(stream: ReadableStream<Uint8Array>): Source {
  const reader = stream.getReader();
  return {
    next: async () => (await reader.read()).value,
    close: () => void reader.cancel().catch(() => {}),
  };
}

/** How far a sending has come. */
interface Course {
  readonly size: number;
  readonly source: Source;
  readonly transport: Transport;
  over: boolean;
  stopped: boolean;
  failure: PauseError | undefined;
}

function sending(size: number, source: Source, transport: Transport): Sending {
  const course: Course = {
    size,
    source,
    transport,
    over: false,
    stopped: false,
    failure: undefined,
  };
  return {
    size,
    into(request, watch) {
      request.once("close", () => course.over || source.close());
      feed(course, request, watch).catch((error) => request.destroy(error));
    },
    isOver: () => course.over,
    stop() {
      course.stopped = true;
      if (!course.over) source.close();
    },
    failure: () => course.failure,
  };
}

async function feed(course: Course, request: ClientRequest, watch: Watch): Promise<void> {
  const { size } = course;
  let sent = 0;
  // The last chunk goes out after the source has ended well, its digest checked: what is wrong
  // never becomes a whole request.
  let held: Uint8Array | undefined;
  for (;;) {
    const chunk = await nextOf(course, watch);
    if (course.stopped || request.destroyed) return;
    if (chunk === undefined || (sent += chunk.length) > size) break;
    if (held !== undefined) await written(request, held, watch);
    held = chunk;
  }
  if (sent !== size) throw course.failure = wrongSize(course.transport, size, sent);
  course.over = true;
  passOn(held?.length ?? 0);
  request.end(held);
}

/** The next chunk. The clock stands while it is our side that takes its time. */
async function nextOf(course: Course, watch: Watch): Promise<Uint8Array | undefined> {
  watch.pause();
  try {
    return await course.source.next();
  } catch (error) {
    throw course.failure = brokenSource(course.transport, error);
  } finally {
    watch.restart();
  }
}

/** Bytes that may wait to be sent while the next ones are read and hashed. */
const WAITING = 512 * 1024;

/** Writes a chunk, and waits until there is room for the next one or the request is over. */
async function written(request: ClientRequest, chunk: Uint8Array, watch: Watch): Promise<void> {
  passOn(chunk.length);
  request.write(chunk);
  if (request.writableLength < WAITING || request.destroyed) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      request.off("drain", go).off("close", go);
      resolve();
    };
    request.on("drain", go).on("close", go);
  });
  watch.restart();
}

function wrongSize(transport: Transport, size: number, sent: number): PauseError {
  const found = sent > size ? `it goes on after ${size} bytes` : `it ends after ${sent} of ${size}`;
  return brokenSource(transport, new Error(found));
}
