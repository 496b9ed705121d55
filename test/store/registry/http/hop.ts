/**
 * A program of its own, which `private.e2e.ts` starts in a network of its own: a registry that
 * sends us on, and whether we go. Words: the names of the registry and of where it sends us, which
 * both are addresses of this machine. Prints "went" or the error.
 */

import { createServer, type Server } from "node:http";
import process from "node:process";
import { registryStore } from "../../../../build/store/registry/registry.ts";
import { anonymous, IMPATIENT } from "../open.ts";

const [from = "", to = ""] = process.argv.slice(2);
const PORTS = [5000, 5001] as const;

const servers: Server[] = PORTS.map((port) =>
  createServer((_, response) => {
    if (port === PORTS[1]) return void response.end("went");
    response.writeHead(307, { location: `http://${to}:${PORTS[1]}/storage` }).end();
  }).listen(port, "::")
);
const repository = { host: `${from}:${PORTS[0]}`, repository: "pause" };
const store = registryStore(repository, {
  plainHttp: true,
  credentials: anonymous,
  retry: IMPATIENT,
});
const blob = {
  mediaType: "application/octet-stream",
  digest: `sha256:${"0".repeat(64)}` as const,
  size: 4,
};
try {
  const reader = (await store.getBlob(blob)).getReader();
  const { value } = await reader.read();
  process.stdout.write(new TextDecoder().decode(value));
  await reader.cancel();
} catch (error) {
  process.stdout.write(error instanceof Error ? error.message : String(error));
}
for (const server of servers) {
  server.closeAllConnections();
  server.close();
}
