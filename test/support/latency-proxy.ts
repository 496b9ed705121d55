import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export interface LatencyProxy {
  /** `127.0.0.1:PORT`, to be asked in place of the server. */
  readonly host: string;
  /** Counts from nothing again. The connections stay. */
  reset(): void;
  counted(): Counted;
}

export interface Counted {
  /**
   * Dependent round trips: the longest chain of bytes that were sent after the answer before them
   * had come. What goes out side by side counts once.
   */
  readonly roundTrips: number;
  readonly connections: number;
  /** Bytes to the server. */
  readonly sent: number;
  /** Bytes from the server. */
  readonly received: number;
}

/**
 * Gives `use` a proxy that makes a server on this machine seem far away: every byte is
 * `milliseconds` late, in each direction, so a round trip takes twice that. Opening a connection
 * costs nothing: the kernel answers for the proxy.
 *
 * @param target `127.0.0.1:PORT`
 */
export async function withLatency<T>(
  target: string,
  milliseconds: number,
  use: (proxy: LatencyProxy) => Promise<T>,
): Promise<T> {
  const sockets = new Set<Socket>();
  const counts = { roundTrips: 0, connections: 0, sent: 0, received: 0 };
  /** How many round trips lie behind the bytes that the client has received so far. */
  let behind = 0;

  const server = createServer((near) => {
    const far = connect(Number(target.split(":")[1]), "127.0.0.1");
    counts.connections++;
    /** The chain that the request under way on this connection is the end of. */
    let chain = 0;
    relay(near, far, milliseconds, (length) => {
      counts.sent += length;
      chain = behind + 1;
    });
    relay(far, near, milliseconds, (length) => counts.received += length, () => {
      behind = Math.max(behind, chain);
      counts.roundTrips = behind;
    });
    for (const socket of [near, far]) {
      sockets.add(socket.setNoDelay(true));
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
  });
  const host = await listen(server);
  try {
    return await use({
      host,
      reset: () => {
        behind = 0;
        Object.assign(counts, { roundTrips: 0, connections: 0, sent: 0, received: 0 });
      },
      counted: () => ({ ...counts }),
    });
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Hands on what comes, late. `came` is told at once, `gone` when it is delivered. */
function relay(
  from: Socket,
  to: Socket,
  milliseconds: number,
  came: (length: number) => void,
  gone: () => void = () => {},
): void {
  from.on("data", (chunk: Uint8Array) => {
    came(chunk.length);
    setTimeout(() => {
      gone();
      to.write(chunk);
    }, milliseconds);
  });
  from.on("end", () => setTimeout(() => to.end(), milliseconds));
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
