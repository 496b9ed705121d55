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

/** Gives `use` a registry, as {@link withRegistry} does. */
export type OpenRegistry = <T>(
  options: RegistryOptions,
  use: (registry: TestRegistry) => Promise<T>,
) => Promise<T>;

/**
 * Gives `use` a registry in memory, on ports of its own on 127.0.0.1, and ends it afterwards.
 * It does as docker-registry does, with the API of OCI 1.1 beside it, until a fault is ordered.
 */
export const withRegistry: OpenRegistry = (options, use) =>
  withRegistries((open) => open(options, use));

/**
 * Gives `use` what opens registries, one after the other or side by side. Each is empty, but ports
 * are used again: to find a free one takes longer than a push.
 */
export async function withRegistries<T>(use: (open: OpenRegistry) => Promise<T>): Promise<T> {
  const idle: Pair[] = [];
  const all: Pair[] = [];
  try {
    return await use(async (options, use) => {
      const pair = idle.pop() ?? await startPair();
      if (!all.includes(pair)) all.push(pair);
      pair.desk = deskFor(options, pair);
      try {
        return await use(registryOf(pair, pair.desk));
      } finally {
        pair.desk = undefined;
        for (const server of pair.servers) server.closeAllConnections();
        idle.push(pair);
      }
    });
  } finally {
    await Promise.all(all.flatMap(({ servers }) => servers).map(close));
  }
}

/** The servers of one registry: itself, and its token server and storage. */
interface Pair {
  readonly servers: readonly Server[];
  readonly host: string;
  readonly elsewhere: string;
  /** Undefined: nobody should be asking. */
  desk: Desk | undefined;
}

async function startPair(): Promise<Pair> {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (pair.desk === undefined) return void request.socket?.destroy();
    serve(pair.desk, request, response).catch(() => request.socket?.destroy());
  };
  const servers = [createServer(answer), createServer(answer)];
  const [host = "", other = ""] = await Promise.all(servers.map(listen));
  const pair: Pair = { servers, host, elsewhere: `http://${other}`, desk: undefined };
  return pair;
}

function deskFor(options: RegistryOptions, pair: Pair): Desk {
  const elsewhere = (): string => pair.elsewhere;
  const [held, guard] = [emptyHeld(options, elsewhere), gate(options.auth, elsewhere)];
  return { options, log: [], faults: faults(), held, guard, answered: 0 };
}

function registryOf({ host, elsewhere }: Pair, { log, held, faults }: Desk): TestRegistry {
  return {
    host,
    elsewhere,
    log,
    logged: (kind) => log.filter(({ method, route }) => `${method} ${route}` === kind),
    repositories: held.repositories,
    fault: faults.order,
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
