import type { ClientRequest, IncomingMessage } from "node:http";
import { arrived, bodyOf } from "./body.ts";
import { opened, type Sending } from "./payload.ts";
import { beginRequest, proxyAnswer } from "./sockets.ts";
import type { Outcome } from "./throttle.ts";
import type { Answer, Outgoing, Transport } from "./transport.ts";
import { troubleOf } from "./troubles.ts";
import { type Watch, watchOver } from "./watch.ts";

/**
 * Sends one request, without following redirects. A connection that was kept from an earlier
 * request, and turns out to be dead before a byte of the answer, is no attempt: the request goes
 * once more, over a fresh one.
 *
 * @throws what sockets throw, and errors of our own that `troubleOf` knows; PauseError when the
 * payload's source fails; the reason of `transport.signal`. So does the body of the answer
 */
export async function send(request: Outgoing, transport: Transport): Promise<Answer> {
  return await sendOnce(request, transport, false) ?? await sendOnce(request, transport, true);
}

/** What one sending of a request consists of. */
interface Trip {
  readonly outgoing: Outgoing;
  readonly transport: Transport;
  readonly payload: Sending | undefined;
  readonly watch: Watch;
  /** Whether it goes over a connection that was kept. */
  kept: boolean;
}

async function sendOnce(outgoing: Outgoing, transport: Transport, fresh: true): Promise<Answer>;
/** @returns undefined when a kept connection was dead */
async function sendOnce(
  outgoing: Outgoing,
  transport: Transport,
  fresh: boolean,
): Promise<Answer | undefined>;
async function sendOnce(
  outgoing: Outgoing,
  transport: Transport,
  fresh: boolean,
): Promise<Answer | undefined> {
  const { signal, network } = transport;
  signal?.throwIfAborted();
  // Its source is opened before it is our turn: it may itself be a request to the same host.
  const payload = outgoing.payload && await opened(outgoing.payload, transport);
  let outcome: Outcome = "lost";
  let leave: ((outcome: Outcome) => void) | undefined;
  let trip: Trip | undefined;
  try {
    leave = await network.throttleOf(outgoing.url).enter(signal);
    trip = { outgoing, transport, payload, watch: watchOver(transport), kept: false };
    const request = begin(trip, fresh);
    // Large payloads keep no turn while they are sent, for the same reason.
    if (!(outgoing.payload instanceof Uint8Array) && payload !== undefined) leave("lost");
    const response = await responseTo(request, trip);
    outcome = outcomeOf(response);
    return await answerOf(request, response, trip);
  } catch (error) {
    trip?.watch.end();
    payload?.stop();
    const why = trip?.watch.reason() ?? payload?.failure() ?? error;
    const isAgain = !fresh && trip?.kept && isRepeatable(outgoing);
    if (why === error && isAgain && troubleOf(error)?.retry) return;
    throw why;
  } finally {
    leave?.(outcome);
  }
}

/**
 * Whether a request may go twice at once although it may have arrived in part. A chunk would be
 * there twice, and who sends much has better ways to go on.
 */
function isRepeatable({ method, payload }: Outgoing): boolean {
  return method !== "PATCH" && (payload === undefined || payload instanceof Uint8Array);
}

function begin({ outgoing, transport, payload, watch }: Trip, fresh: boolean): ClientRequest {
  const { url, method } = outgoing;
  const { network, registry, secrets, userAgent } = transport;
  const proxy = network.proxyFor(url);
  for (const secret of proxy?.secrets ?? []) secrets.add(secret);
  const asked = url.pathname + url.search;
  // A proxy is told the whole address, unless it only connects us and TLS hides the rest.
  const isTold = proxy !== undefined && url.protocol === "http:";
  const carries = payload !== undefined || !["GET", "HEAD", "DELETE"].includes(method);
  const headers = {
    host: url.host,
    "user-agent": userAgent,
    // Digests and sizes are of the bytes as stored.
    "accept-encoding": "identity",
    ...outgoing.headers,
    // Some registries refuse what comes in chunks.
    ...(carries && { "content-length": String(payload?.size ?? 0) }),
    ...(isTold && proxy.authorization && { "proxy-authorization": proxy.authorization }),
  };
  const agent = network.connections(url, registry, fresh);
  return beginRequest(agent, method, isTold ? url.origin + asked : asked, headers, watch.signal);
}

/** Sends the payload once there is a connection, and waits for the headers of the answer. */
async function responseTo(request: ClientRequest, trip: Trip): Promise<IncomingMessage> {
  const { payload, watch } = trip;
  return await new Promise((resolve, reject) => {
    request.once("socket", () => {
      trip.kept = request.reusedSocket;
      // Deno would send it again by itself, even after we gave it up:
      // https://github.com/denoland/deno/issues/36786
      request.reusedSocket = false;
      watch.restart();
      payload?.into(request, watch);
    });
    // Deno leaves a socket corked whose request is ended while it is given one.
    if (payload === undefined) request.end();
    request.once("response", resolve);
    request.once("upgrade", (_, socket) => {
      socket.destroy();
      reject(new Error("Parse Error: it wants to go on with another protocol"));
    });
    request.on("error", (error) => reject(watch.failure = error));
    request.once("close", () => reject(new Error("connection closed before there was an answer")));
  });
}

/** 503 also comes from servers that are broken, which fewer requests do not harm. */
function outcomeOf({ statusCode = 0, headers }: IncomingMessage): Outcome {
  const isBusy = statusCode === 429 || statusCode === 503 || headers["retry-after"] !== undefined;
  return isBusy ? "busy" : "good";
}

async function answerOf(
  request: ClientRequest,
  response: IncomingMessage,
  { outgoing: { url, method }, transport: { network }, payload, watch }: Trip,
): Promise<Answer> {
  const { statusCode: status = 0 } = response;
  if (payload !== undefined && mayBeUnread(payload, status)) request.shouldKeepAlive = false;
  // Without a length, the runtimes take the end of the connection for the end of what is not there.
  else if (method === "HEAD") request.shouldKeepAlive = mayBeKept(response);
  payload?.stop();
  const proxy = network.proxyFor(url);
  if (proxy !== undefined && status === 407) {
    request.destroy();
    throw new Error(proxyAnswer(proxy, status));
  }
  const headers = headersOf(response);
  const isEmpty = method === "HEAD" || [204, 304].includes(status) ||
    headers.get("content-length") === "0";
  if (!isEmpty) {
    watch.pause();
    return { url, status, headers, body: bodyOf(request, response, watch, watch.end) };
  }
  response.resume();
  await arrived(request, response, watch);
  watch.end();
  return { url, status, headers, body: null };
}

function mayBeKept({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === "1.1" && !/\bclose\b/i.test(headers.connection ?? "");
}

/** Bytes of a payload that a server reads in any case, more or less. */
const READ_ANYWAY = 64 * 1024;

/** What a server leaves unread of a payload that it refuses, it would take for the next request. */
function mayBeUnread(payload: Sending, status: number): boolean {
  return !payload.isOver() || (status >= 400 && payload.size > READ_ANYWAY);
}

/** What no header may hold is left out: nobody here looks for it. */
function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    try {
      headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
    } catch {
      continue;
    }
  }
  return headers;
}
