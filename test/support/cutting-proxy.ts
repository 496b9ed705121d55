import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/**
 * Gives `use` the address of a proxy to a server on this machine that cuts connections.
 *
 * @param target `127.0.0.1:PORT`
 * @param cuts after how many bytes to the server each connection that carries as many is cut, the
 * first of these to get there first. When there are none left, nothing is cut any more
 */
export async function withCuts<T>(
  target: string,
  cuts: readonly number[],
  use: (proxy: { readonly host: string; readonly left: () => number }) => Promise<T>,
): Promise<T> {
  const left = [...cuts];
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.split(":")[1]), "127.0.0.1");
    let sent = 0;
    near.on("data", (chunk) => {
      const room = (left[0] ?? Infinity) - sent;
      sent += chunk.length;
      if (chunk.length < room) return void far.write(chunk);
      left.shift();
      // What came so far is to be there.
      far.write(chunk.subarray(0, room), () => near.destroy());
    });
    far.on("data", (chunk) => near.write(chunk));
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    for (const socket of [near, far]) {
      sockets.add(socket.setNoDelay(true));
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return await use({ host, left: () => left.length });
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
