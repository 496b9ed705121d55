import { Buffer } from "node:buffer";
import {
  type IncomingMessage,
  request as forward,
  type RequestListener,
  Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { SERVER } from "./certificates.ts";

export interface ConnectProxy {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** What came: `CONNECT registry.test:443`, `GET http://registry.test/v2/`. */
  readonly asked: readonly string[];
  /** How many connections to it there are. */
  readonly open: () => number;
}

export interface ConnectProxyOptions {
  /** `user:password`. Whoever brings another is refused with 407. @default everybody may come */
  readonly login?: string;
  /** Is itself spoken to over TLS. @default false */
  readonly tls?: boolean;
  /** Refuses everything with this. */
  readonly status?: number;
  /** Never answers. */
  readonly silent?: boolean;
}

/**
 * Gives `use` a proxy that knows every name as this machine, whatever it is, and ends it afterwards.
 */
export async function withConnectProxy<T>(
  { login, tls = false, status, silent = false }: ConnectProxyOptions,
  use: (proxy: ConnectProxy) => Promise<T>,
): Promise<T> {
  const asked: string[] = [];
  const sockets = new Set<Duplex>();
  const refusal = ({ method, url, headers }: IncomingMessage): number | undefined => {
    asked.push(`${method} ${url}`);
    const wanted = login === undefined
      ? undefined
      : `Basic ${Buffer.from(login).toString("base64")}`;
    return status ?? (headers["proxy-authorization"] === wanted ? undefined : 407);
  };
  const serve: RequestListener = (request, response) => {
    const refused = refusal(request);
    if (silent) return;
    if (refused !== undefined) return void response.writeHead(refused).end("no");
    handOn(request, response);
  };
  const server = tls ? createTlsServer(SERVER, serve) : new Server(serve);
  server.on("connect", (request: IncomingMessage, near: Duplex) => {
    const refused = refusal(request);
    sockets.add(near.on("error", () => {}).once("end", () => near.end()));
    if (silent) return;
    // Whoever is refused may hang up, or ask again.
    if (refused !== undefined) return void near.resume().write(`HTTP/1.1 ${refused} No\r\n\r\n`);
    sockets.add(joined(near, Number(request.url?.split(":").at(-1))));
  });
  let open = 0;
  server.on("connection", (socket: Duplex) => {
    open++;
    socket.once("close", () => open--);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    return await use({ host: `127.0.0.1:${port}`, asked, open: () => open });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Asks in the client's place. Whatever the host is called, it is this machine. */
function handOn(request: IncomingMessage, response: ServerResponse): void {
  const { port, pathname, search } = new URL(request.url ?? "");
  const { method = "GET", headers } = request;
  const onward = forward(
    { host: "127.0.0.1", port, method, path: pathname + search, headers, agent: false },
    (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 0, answer.headers)),
  );
  request.pipe(onward.on("error", () => response.destroy()));
}

function joined(near: Duplex, port: number): Socket {
  const far = connect(port, "127.0.0.1", () => near.write("HTTP/1.1 200 Connected\r\n\r\n"));
  far.on("error", () => near.destroy());
  far.pipe(near).pipe(far);
  return far;
}
