import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answered, type Asked, failure } from "./registry/answer.ts";
import { answerFrom } from "./registry/api.ts";
import { signed } from "./registry/blobs.ts";
import { type Fault, type FaultOrder, type Faults, faults } from "./registry/faults.ts";
import { type Gate, gate, type GateOptions } from "./registry/gate.ts";
import type { Habits } from "./registry/habits.ts";
import { emptyHeld, type Held, type HeldRepository } from "./registry/held.ts";
import { type Route, routeOf } from "./registry/route.ts";
import { read, write } from "./registry/wire.ts";

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
  /** The server that was asked: `127.0.0.1:PORT`. */
  readonly host: string;
  readonly path: string;
  readonly query: string;
  /** The scheme in its Authorization, in lower case. */
  readonly authorization: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Which step of the conversation it belongs to: 1 + the highest of those answered when it came. */
  readonly depth: number;
  /** 0 until the answer is sent, and when none is. */
  readonly status: number;
  /** What was ordered to go wrong with it. */
  readonly fault: Fault | undefined;
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
  readonly log: Entry[];
  readonly faults: Faults;
  readonly held: Held;
  readonly guard: Gate;
  /** The highest depth of what has been answered. */
  answered: number;
}

type Entry = Logged & { status: number };

/**
 * Gives `use` a registry in memory, on ports of its own on 127.0.0.1, and ends it afterwards.
 * It does as docker-registry does, with the API of OCI 1.1 beside it, until a fault is ordered.
 */
export async function withRegistry<T>(
  options: RegistryOptions,
  use: (registry: TestRegistry) => Promise<T>,
): Promise<T> {
  let origin = "";
  const elsewhere = (): string => origin;
  const held = emptyHeld(options, elsewhere);
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

function handler(desk: Desk): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    serve(desk, request, response).catch(() => request.socket?.destroy());
  };
}

async function serve(
  desk: Desk,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  const fault = desk.faults.next(routeOf(url.pathname).route, request.method ?? "");
  const entry = logEntry(desk, request, url, fault);
  desk.log.push(entry);
  if (fault && "silence" in fault) return;
  if (fault && "reset" in fault && fault.reset === "before") return void request.socket.destroy();
  const asked = await read(request, url, fault);
  if (asked === undefined) return;
  const answer = answerTo(desk, asked, fault);
  const late = (desk.options.latency ?? 0) + (fault && "delay" in fault ? fault.delay : 0);
  if (late > 0) await sleep(late);
  if (fault && "reset" in fault) return void request.socket.destroy();
  entry.status = answer.status;
  desk.answered = Math.max(desk.answered, entry.depth);
  await write(response, answer, fault);
}

function logEntry(
  { answered }: Desk,
  { method = "", headers }: IncomingMessage,
  { pathname, search, host }: URL,
  fault: Fault | undefined,
): Entry {
  return {
    route: routeOf(pathname).route,
    method,
    host,
    path: pathname,
    query: search,
    authorization: headers.authorization?.split(" ")[0]?.toLowerCase(),
    headers,
    depth: answered + 1,
    status: 0,
    fault,
  };
}

function answerTo({ guard, held }: Desk, asked: Asked, fault: Fault | undefined): Answered {
  if (fault && "redirect" in fault) return redirection(held, asked, fault);
  if (fault && "echo" in fault) return echoed(asked, fault.echo);
  if (fault && "status" in fault) return fault;
  const routed = routeOf(asked.path);
  const answer = routed.route === "token"
    ? guard.token(asked)
    : (routed.route === "storage" ? undefined : guard.check(asked, routed)) ??
      answerFrom(held, asked, routed);
  return fault && "alter" in fault ? fault.alter(answer) : answer;
}

function redirection(
  held: Held,
  { path, query, origin }: Asked,
  { redirect, status = 307 }: Extract<Fault, { redirect: unknown }>,
): Answered {
  const places = {
    elsewhere: () => signed(held, path, String(query)),
    circle: () => `${origin}${path}?${query}`,
  };
  const location = redirect instanceof URL ? redirect.href : places[redirect]();
  return { status, headers: { location } };
}

function echoed({ origin, path, query, headers }: Asked, status: number): Answered {
  const { authorization = "nobody" } = headers;
  const words = `${authorization} asked for ${origin}${path}?${query}, as ${authorization}`;
  return failure(status, "UNKNOWN", words);
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
