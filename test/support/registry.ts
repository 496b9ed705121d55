import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answered, Asked } from "./registry/answer.ts";
import { api, type Habits, type HeldRepository } from "./registry/api.ts";
import { type Fault, type FaultOrder, faults } from "./registry/faults.ts";
import { gate, type GateOptions } from "./registry/gate.ts";
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

/**
 * Gives `use` a registry in memory, on ports of its own on 127.0.0.1, and ends it afterwards.
 * It does as docker-registry does, until a fault is ordered.
 */
export async function withRegistry<T>(
  options: RegistryOptions,
  use: (registry: TestRegistry) => Promise<T>,
): Promise<T> {
  const log: (Logged & { status: number })[] = [];
  const ordered = faults();
  let elsewhere = "";
  const content = api(options, () => elsewhere);
  const guard = gate(options.auth, () => elsewhere);
  let answeredDepth = 0;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
    const routed = routeOf(url.pathname);
    const method = request.method ?? "";
    const entry = {
      route: routed.route,
      method,
      path: url.pathname,
      query: url.search,
      authorization: request.headers.authorization?.split(" ")[0]?.toLowerCase(),
      headers: request.headers,
      depth: answeredDepth + 1,
      status: 0,
    };
    log.push(entry);
    const fault = ordered.next(routed.route, method);
    if (fault && "silence" in fault) return;
    if (fault && "reset" in fault && fault.reset === "before") return void request.socket.destroy();
    const asked: Asked = {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: await bodyOf(request),
      origin: url.origin,
    };
    const answer = answerTo(asked, fault);
    await sleep((options.latency ?? 0) + (fault && "delay" in fault ? fault.delay : 0));
    if (fault && "reset" in fault) return void request.socket.destroy();
    entry.status = answer.status;
    answeredDepth = Math.max(answeredDepth, entry.depth);
    write(response, answer, fault && "cutAfter" in fault ? fault.cutAfter : undefined);
  }

  function answerTo(asked: Asked, fault: Fault | undefined): Answered {
    if (fault && "status" in fault) return fault;
    const routed = routeOf(asked.path);
    const outside = routed.route === "token" || routed.route === "storage";
    const answer = routed.route === "token"
      ? guard.token(asked)
      : (outside ? undefined : guard.check(asked, routed)) ?? content.answer(asked, routed);
    return fault && "alter" in fault ? fault.alter(answer) : answer;
  }

  const servers = [createServer(handler(serve)), createServer(handler(serve))] as const;
  try {
    const [host, other] = await Promise.all(servers.map(listen));
    elsewhere = `http://${other}`;
    return await use({
      host: host ?? "",
      elsewhere,
      log,
      logged: (kind) => log.filter(({ method, route }) => `${method} ${route}` === kind),
      repositories: content.repositories,
      fault: ordered.order,
    });
  } finally {
    await Promise.all(servers.map(close));
  }
}

function handler(
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  };
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
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
