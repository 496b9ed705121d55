import { lookup } from "node:dns/promises";
import { Agent, type ClientRequest, request as newRequest, type RequestOptions } from "node:http";
import { connect as connectTcp, type Socket } from "node:net";
import process from "node:process";
import { connect as connectTls, createSecureContext, rootCertificates } from "node:tls";
import type { SecureContext, TLSSocket } from "node:tls";
import { bareHost } from "./guard.ts";
import type { Proxy } from "./proxy.ts";
import { PROXY_DOWN, PROXY_SAYS, troubleOf } from "./troubles.ts";
import type { Trust } from "./trust.ts";
import { unless } from "./unless.ts";

/** How a socket to an origin is had. */
export interface Way {
  /** What is at the other end; its scheme says whether TLS is spoken there. */
  readonly target: URL;
  readonly proxy: Proxy | undefined;
  /** The addresses of the target or the proxy, to one of which the socket goes. */
  readonly addresses: (url: URL, signal: AbortSignal) => Promise<readonly string[]>;
  /** What TLS with a host is to rest on. */
  readonly security: (url: URL) => Promise<SecureContext>;
  /** Told the address that answered, where no proxy is between. */
  readonly connected: (address: string) => void;
}

/** Finds the addresses of a name as the system does. */
export async function systemLookup(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

/** Makes what {@link Way.security} gives. */
export function securityOf({ authorities, more, certificate, key }: Trust): SecureContext {
  return createSecureContext({
    ca: [...authorities ?? rootCertificates, ...more],
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
  });
}

/** What a request tells the opener of its socket. */
interface Purposed extends RequestOptions {
  readonly wanted?: AbortSignal;
}

/**
 * Sockets to one origin, which serve one request after the other. Idle ones let the process end.
 * They are opened here and not by the agent, so that every step can be ended.
 */
export function keptSockets(way: Way): Agent {
  const agent = new Agent({ keepAlive: true });
  agent.createConnection = (options: Purposed, done): undefined => {
    openSocket(way, options.wanted ?? new AbortController().signal).then(
      (socket) => done?.(null, socket),
      (error) => done?.(error, undefined as unknown as Socket),
    );
  };
  return agent;
}

/** Ends the sockets that wait for their next request. */
export function dropIdle(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}

/** Bytes of an answer's headers. Signed addresses are long; nothing else is. */
const LONGEST_HEADERS = 64 * 1024;

/**
 * Begins a request. Nothing of its payload is sent yet.
 *
 * @param path what stands in the request's first line
 * @param signal ends it, and the opening of a socket for it
 */
export function beginRequest(
  agent: Agent,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): ClientRequest {
  const options: Purposed = {
    agent,
    method,
    path,
    headers,
    setHost: false,
    maxHeaderSize: LONGEST_HEADERS,
    wanted: signal,
  };
  const request = newRequest(options);
  signal.addEventListener("abort", () => request.destroy(asError(signal.reason)));
  return request;
}

async function openSocket(way: Way, signal: AbortSignal): Promise<Socket> {
  const { target, proxy } = way;
  // Files that cannot be used are found before there is anything to close.
  const security = isTls(target) ? await unless(signal, way.security(target)) : undefined;
  const lines = proxy === undefined
    ? [await tcp(target, way, signal)] as const
    : await toProxy(proxy, way, signal);
  if (proxy === undefined) way.connected(lines[0].remoteAddress ?? "");
  if (security === undefined) return lines[0];
  try {
    if (proxy !== undefined) await tunnel(lines[0], target, proxy, signal);
    return await tls(lines, target, security, signal);
  } catch (error) {
    for (const line of lines) line.destroy();
    throw error;
  }
}

const isTls = ({ protocol }: URL): boolean => protocol === "https:";

/** A socket and those that it lies on, the one that knows the wire last. */
type Lines = readonly [Socket, ...Socket[]];

async function toProxy(proxy: Proxy, way: Way, signal: AbortSignal): Promise<Lines> {
  const { url, name } = proxy;
  try {
    if (!isTls(url)) return [await tcp(url, way, signal)];
    const security = await unless(signal, way.security(url));
    const line = await tcp(url, way, signal);
    return [await tls([line], url, security, signal), line];
  } catch (error) {
    const trouble = troubleOf(error);
    const saysItAll = trouble !== undefined && trouble.found === undefined;
    if (signal.aborted || saysItAll || trouble?.retry) throw error;
    throw new Error(`${PROXY_DOWN} ${name}`, { cause: error });
  }
}

async function tcp(url: URL, way: Way, signal: AbortSignal): Promise<Socket> {
  const found = (await way.addresses(url, signal))
    .map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  signal.throwIfAborted();
  const socket = connectTcp({
    host: bareHost(url.hostname),
    port: Number(url.port || (isTls(url) ? 443 : 80)),
    noDelay: true,
    autoSelectFamily: true,
    // No second look-up: what was judged is what is connected to.
    lookup: (_host, { all }, done) =>
      all ? done(null, found) : done(null, found[0]?.address ?? "", found[0]?.family),
  });
  return await ready(socket, "connect", signal);
}

async function tls(
  lines: Lines,
  url: URL,
  secureContext: SecureContext,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const host = bareHost(url.hostname);
  const isName = /[a-z]/i.test(host) && !host.includes(":");
  const socket = connectTls({
    socket: lines[0],
    host,
    secureContext,
    ...(isName && { servername: host }),
  });
  holdBack(socket, lines[lines.length - 1]);
  return await ready(socket, "secureConnect", signal);
}

/**
 * Deno's TLS sockets read on when they are paused, and a slow reader would find the whole answer in
 * its memory; what they lie on can be stopped. Node does that itself.
 */
function holdBack(socket: TLSSocket, wire: Socket | undefined): void {
  if (!("deno" in process.versions)) return;
  const { _handle: handle } = wire as { _handle?: { readStop?(): void; readStart?(): void } };
  socket.on("pause", () => handle?.readStop?.());
  socket.on("resume", () => handle?.readStart?.());
}

/** Has a proxy connect a line to the target. */
async function tunnel(line: Socket, target: URL, proxy: Proxy, signal: AbortSignal): Promise<void> {
  const place = `${target.hostname}:${target.port || 443}`;
  const request = newRequest({
    method: "CONNECT",
    path: place,
    headers: {
      host: place,
      ...(proxy.authorization !== undefined && { "proxy-authorization": proxy.authorization }),
    },
    createConnection: () => line,
  });
  const stop = (): void => void request.destroy(asError(signal.reason));
  signal.addEventListener("abort", stop);
  const status = await new Promise<number>((resolve, reject) => {
    request.once("connect", ({ statusCode = 0 }) => resolve(statusCode));
    request.once("error", reject);
    request.end();
  });
  signal.removeEventListener("abort", stop);
  if (status >= 200 && status < 300) return;
  throw new Error(proxyAnswer(proxy, status));
}

/** What is said when it is the proxy that refuses. */
export function proxyAnswer({ name }: Proxy, status: number): string {
  return `${PROXY_SAYS} ${name} answered ${status}`;
}

/** Waits for a socket to be of use; it is gone when it does not become so. */
async function ready<Opened extends Socket>(
  socket: Opened,
  event: string,
  signal: AbortSignal,
): Promise<Opened> {
  let stop = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      stop = () => reject(signal.reason);
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop);
      socket.once(event, resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("connection closed before it was open")));
    });
    return socket;
  } catch (error) {
    socket.on("error", () => {}).destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    socket.removeAllListeners("close");
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
