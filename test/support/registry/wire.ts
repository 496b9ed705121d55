/** Requests as they come in, and answers as they go out, with what a fault does to either. */

import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answered, Asked } from "./answer.ts";
import type { Fault } from "./faults.ts";

/** Reads a request to its end. Undefined: the fault cut the connection. */
export async function read(
  request: IncomingMessage,
  url: URL,
  fault: Fault | undefined,
): Promise<Asked | undefined> {
  // Deno takes it away from a request that is left before its end.
  const { socket } = request;
  const most = fault && "cutUpload" in fault ? fault.cutUpload : Infinity;
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (fault === undefined || !("early" in fault)) {
    for await (const chunk of request as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= most) break;
    }
  }
  if (most !== Infinity) return void socket.destroy();
  return {
    method: request.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: new Uint8Array(Buffer.concat(chunks)),
    origin: url.origin,
  };
}

/** Sends an answer, all of it unless the fault says otherwise. */
export async function write(
  response: ServerResponse,
  answer: Answered,
  fault: Fault | undefined,
): Promise<void> {
  const { status, headers, body = new Uint8Array() } = answer;
  const length = status === 204 || status === 304 ? {} : { "content-length": String(body.length) };
  response.writeHead(status, { ...length, ...headers });
  if (fault && "drip" in fault) return await drip(response, body, fault);
  if (fault === undefined || !("cutAfter" in fault)) return void response.end(body);
  response.write(body.subarray(0, fault.cutAfter));
  // Not before the bytes are on their way.
  setTimeout(() => response.socket?.destroy(), 20);
}

async function drip(
  response: ServerResponse,
  body: Uint8Array,
  { drip, every }: { readonly drip: number; readonly every: number },
): Promise<void> {
  for (let at = 0; at < body.length && !response.destroyed; at += drip) {
    response.write(body.subarray(at, at + drip));
    await sleep(every);
  }
  response.end();
}
