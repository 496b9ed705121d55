import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** The other side of a connection. */
export interface Peer {
  readonly port: number;
  /** Waits until every conversation has ended. */
  readonly ended: () => Promise<void>;
}

/**
 * Gives `use` a server on a loopback address that talks with whoever connects. Each direction of a
 * connection ends by itself.
 */
export async function withPeer<Value>(
  host: "127.0.0.1" | "::1",
  talk: (socket: Socket) => Promise<unknown>,
  use: (peer: Peer) => Promise<Value>,
): Promise<Value> {
  const sockets: Socket[] = [];
  const talks: Promise<unknown>[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    const talking = talk(socket);
    // It fails where it is waited for.
    talking.catch(() => {});
    talks.push(talking);
  });
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    return await use({ port, ended: async () => void await Promise.all(talks) });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  }
}

/** All that comes until the other side ends. */
export async function received(socket: Socket): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  // Iteration would end the other direction with this one.
  socket.on("data", (chunk: Uint8Array) => void chunks.push(chunk));
  await once(socket, "end");
  return Buffer.concat(chunks);
}
