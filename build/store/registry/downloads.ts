import type { Descriptor } from "../../oci/descriptor.ts";
import { skipped } from "../skipped.ts";
import { exchange, refusal, type Session, waitAfter } from "./session.ts";
import { type Answer, drain, type Transport } from "./http/transport.ts";
import { brokenConnection } from "./http/trouble.ts";
import { IDLE, troubleOf } from "./http/troubles.ts";

/** After so many bytes without a break, breaks are counted anew. */
const STEADY = 16 * 1024 * 1024;

/** What comes more slowly than so many bytes in so many idle times counts as nothing. */
const LEAST = 16 * 1024;
const LEAST_TIMES = 5;

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/**
 * The body of an answer. Where it breaks off, the rest is asked for, as often as the transport's
 * rules have attempts, or more often when much comes in between: bytes that came once are not asked
 * for again.
 *
 * @param url where the blob is asked for anew: addresses of a storage expire
 * @param first the answer whose body is read first
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
 */
export function resumed(
  session: Session,
  url: URL,
  first: Answer,
  blob: Descriptor,
): ReadableStream<Uint8Array> {
  const { transport } = session;
  let reader: Reader | undefined = first.body?.getReader();
  const isStuck = slowness(transport);
  let [count, breaks, broken] = [0, 0, 0];
  const next = async (): Promise<Uint8Array | undefined> => {
    try {
      const start = performance.now();
      const chunk = (await reader?.read())?.value;
      if (chunk === undefined || !isStuck(chunk.length, performance.now() - start)) return chunk;
      reader?.cancel().catch(() => {});
      throw new Error(`${IDLE} that is worth waiting for`);
    } catch (error) {
      if (count >= blob.size) return undefined;
      if (count - broken > STEADY) breaks = 0;
      broken = count;
      const lost = transport.signal?.aborted || !troubleOf(error)?.retry;
      if (lost || ++breaks >= transport.retry.attempts) throw brokenConnection(transport, error);
      await waitAfter(session, breaks);
      reader = (await rest(session, url, blob, count)).getReader();
      return await next();
    }
  };
  return new ReadableStream({
    async pull(controller): Promise<void> {
      const chunk = await next();
      if (chunk === undefined) return controller.close();
      count += chunk.length;
      controller.enqueue(chunk);
    },
    cancel: (reason) => reader?.cancel(reason),
  }, { highWaterMark: 0 });
}

/**
 * Watches the pace at which bytes come: one at a time, each in time, would never be at an end.
 * @returns told of bytes and the milliseconds of waiting for them, whether they come too slowly
 */
function slowness({ idleTimeout }: Transport): (count: number, waited: number) => boolean {
  let [came, took] = [0, 0];
  return (count, waited) => {
    [came, took] = [came + count, took + waited];
    if (came >= LEAST) [came, took] = [0, 0];
    return took > idleTimeout * LEAST_TIMES;
  };
}

/** The bytes of the blob from `count` on, from a registry that may know no ranges. */
async function rest(
  session: Session,
  url: URL,
  { digest }: Descriptor,
  count: number,
): Promise<ReadableStream<Uint8Array>> {
  const headers = { range: `bytes=${count}-` };
  let answer = await exchange(session, { method: "GET", url, headers });
  if (answer.status === 416 || answer.status === 206 && startOf(answer) !== count) {
    await drain(answer);
    answer = await exchange(session, { method: "GET", url });
  }
  const body = answer.body ?? new ReadableStream({ start: (end) => end.close() });
  if (answer.status === 206) return body;
  if (answer.status === 200) return skipped(body, count);
  throw await refusal(session, answer, `to the blob ${digest}`);
}

function startOf({ headers }: Answer): number | undefined {
  const start = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1];
  return start === undefined ? undefined : Number(start);
}
