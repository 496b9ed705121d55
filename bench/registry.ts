import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { startDaemon } from "../test/support/daemon.ts";

/** A docker-registry on loopback, with nothing in it. */
export interface Registry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Ends it and removes what it stored. */
  stop(): Promise<void>;
}

/** Starts a registry that keeps its blobs in `dir`. */
export async function startRegistry(dir: string): Promise<Registry> {
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(dir, "config.json");
  await mkdir(dir, { recursive: true });
  // YAML takes JSON.
  await writeFile(config, JSON.stringify(configuration(host, join(dir, "root"))));
  const daemon = await startDaemon({
    command: ["docker-registry", "serve", config],
    log: join(dir, "log"),
    ready: () =>
      fetch(`http://${host}/v2/`).then(async (response) => {
        await response.body?.cancel();
        return response.ok;
      }, () => false),
  });
  return {
    host,
    stop: async () => {
      await daemon.stop();
      await rm(dir, { recursive: true });
    },
  };
}

function configuration(addr: string, rootdirectory: string): unknown {
  return {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory } },
    http: { addr },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
