import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { AUTHORITY, type Pair } from "./certificates.ts";

export interface HttpServer {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** How many connections were opened to it. */
  readonly connections: () => number;
}

export interface HttpServerOptions {
  /** Speaks TLS, and shows this. */
  readonly tls?: Pair;
  /** Serves only those whose certificate our authority signed. @default false */
  readonly clientCertificate?: boolean;
}

/** Gives `use` a server on a port of this machine that answers as `serve` says, and ends it afterwards. */
export async function withHttpServer<T>(
  serve: RequestListener,
  use: (server: HttpServer) => Promise<T>,
  { tls, clientCertificate = false }: HttpServerOptions = {},
): Promise<T> {
  const server: Server = tls === undefined
    ? createServer(serve)
    : createTlsServer({ ...tls, ca: AUTHORITY, requestCert: clientCertificate }, serve);
  let connections = 0;
  server.on("connection", () => connections++).on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    return await use({ host: `127.0.0.1:${port}`, connections: () => connections });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
