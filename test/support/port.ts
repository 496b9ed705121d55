import { connect, createServer } from "node:net";
import process from "node:process";

/** No system gives one of these by itself, to a connection or to port 0: those are above them. */
const [FIRST, COUNT] = [10_000, 20_000];

let next = process.pid * 97;

/**
 * A port of 127.0.0.1 on which nothing listens, and that nobody takes by chance before its time. The
 * processes of tests start looking at places of their own.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < COUNT; tries++) {
    const port = FIRST + next++ % COUNT;
    if (await isFree(port)) return port;
  }
  throw new Error(`Cannot find a free port from ${FIRST} on.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
  });
  if (listens) await new Promise((resolve) => server.close(resolve));
  return listens;
}

/** Whether something listens on a port of 127.0.0.1. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
