import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answered, Asked } from "./registry/answer.ts";
import { answerFrom, type Habits, type Held, type HeldRepository } from "./registry/api.ts";
import { type Fault, type FaultOrder, type Faults, faults } from "./registry/faults.ts";
import { type Gate, gate, type GateOptions } from "./registry/gate.ts";
import { type Route, routeOf } from "./registry/route.ts";

export interface RegistryOptions extends Habits {
  /** Who may come in. @default everyone */
  readonly auth?: GateOptions;
  /** Milliseconds by which every answer is late, so that {@link Logged.depth} means something. @default 0 */
  readonly latency?: number;
}

/** A request that came. */
export interface Logged {
  readonly route: Route;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** The scheme in its Authorization, in lower case. */
  readonly authorization: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Which step of the conversation it belongs to: 1 + the highest of those answered when it came. */
  readonly depth: number;
  /** 0 until the answer is sent, and when none is. */
  readonly status: number;
}

export interface TestRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The origin of its token server and storage: another port of this machine. */
  readonly elsewhere: string;
  readonly log: readonly Logged[];
  /** The requests of one kind: `PUT manifest`. */
  logged(kind: string): readonly Logged[];
  readonly repositories: Map<string, HeldRepository>;
  fault(order: FaultOrder): void;
}

/** What the two servers of one registry share. */
interface Desk {
  readonly options: RegistryOptions;
  readonly log: (Logged & { status: number })[];
  readonly faults: Faults;
  readonly held: Held;
  readonly guard: Gate;
  /** The highest depth of what has been answered. */
  answered: number;
}

/**
 * Gives `use` a registry in memory, on ports of its own on 127.0.0.1, and ends it afterwards.
 * It does as docker-registry does, until a fault is ordered.
 */
export async function withRegistry<T>(
  options: RegistryOptions,
  use: (registry: TestRegistry) => Promise<T>,
): Promise<T> {
  let origin = "";
  const elsewhere = (): string => origin;
  const held: Held = { habits: options, repositories: new Map(), uploads: new Map(), elsewhere };
  const guard = gate(options.auth, elsewhere);
  const desk: Desk = { options, log: [], faults: faults(), held, guard, answered: 0 };
  const servers = [createServer(handler(desk)), createServer(handler(desk))] as const;
  try {
    const [host, other] = await Promise.all(servers.map(listen));
    origin = `http://${other}`;
    return await use({
      host: host ?? "",
      elsewhere: origin,
      log: desk.log,
      logged: (kind) => desk.log.filter(({ method, route }) => `${method} ${route}` === kind),
      repositories: held.repositories,
      fault: desk.faults.order,
    });
  } finally {
    await Promise.all(servers.map(close));
  }
}

async function serve(
  desk: Desk,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  const entry = logEntry(desk, request, url);
  desk.log.push(entry);
  const fault = desk.faults.next(entry.route, entry.method);
  if (fault && "silence" in fault) return;
  if (fault && "reset" in fault && fault.reset === "before") return void request.socket.destroy();
  const answer = answerTo(desk, await read(request, url), fault);
  await sleep((desk.options.latency ?? 0) + (fault && "delay" in fault ? fault.delay : 0));
  if (fault && "reset" in fault) return void request.socket.destroy();
  entry.status = answer.status;
  desk.answered = Math.max(desk.answered, entry.depth);
  write(response, answer, fault && "cutAfter" in fault ? fault.cutAfter : undefined);
}

function logEntry(
  desk: Desk,
  { method = "", headers }: IncomingMessage,
  url: URL,
): Logged & { status: number } {
  return {
    route: routeOf(url.pathname).route,
    method,
    path: url.pathname,
    query: url.search,
    authorization: headers.authorization?.split(" ")[0]?.toLowerCase(),
    headers,
    depth: desk.answered + 1,
    status: 0,
  };
}

function answerTo({ guard, held }: Desk, asked: Asked, fault: Fault | undefined): Answered {
  if (fault && "status" in fault) return fault;
  const routed = routeOf(asked.path);
  const answer = routed.route === "token"
    ? guard.token(asked)
    : (routed.route === "storage" ? undefined : guard.check(asked, routed)) ??
      answerFrom(held, asked, routed);
  return fault && "alter" in fault ? fault.alter(answer) : answer;
}

function handler(desk: Desk): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    serve(desk, request, response).catch(() => request.socket.destroy());
  };
}

async function read(request: IncomingMessage, url: URL): Promise<Asked> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return {
    method: request.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer()),
    origin: url.origin,
  };
}

function write(response: ServerResponse, answer: Answered, cutAfter: number | undefined): void {
  const { status, headers, body = new Uint8Array() } = answer;
  const length = status === 204 ? {} : { "content-length": String(body.length) };
  response.writeHead(status, { ...length, ...headers });
  if (cutAfter === undefined) return void response.end(body);
  response.write(body.subarray(0, cutAfter));
  // Not before the bytes are on their way.
  setTimeout(() => response.socket?.destroy(), 20);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
