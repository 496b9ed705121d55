import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { startDaemon } from "./daemon.ts";
import { withFolder } from "./folder.ts";

export interface DockerRegistryOptions {
  /** Asks everybody for {@link USER} and {@link PASSWORD}. @default false */
  readonly htpasswd?: boolean;
  /** Whether manifests and blobs may be deleted. @default true */
  readonly deletion?: boolean;
}

export interface DockerRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The folder that holds `docker/registry/v2/…`. */
  readonly root: string;
}

export const USER = "pause";
export const PASSWORD = "correct horse";
/** bcrypt of {@link PASSWORD}, with the least work that bcrypt knows. */
const HASH = "$2b$04$Hhbrme.J2phJCBG1yGZcdOpYm09t/ZwG6qGw3ambOjEbSnRkM81iC";

/** Gives `use` Debian's docker-registry on a port of its own, empty, and removes all of it afterwards. */
export async function withDockerRegistry<T>(
  use: (registry: DockerRegistry) => Promise<T>,
  options: DockerRegistryOptions = {},
): Promise<T> {
  return await withFolder(async (folder) => {
    const host = `127.0.0.1:${await freePort()}`;
    const root = join(folder, "root");
    await mkdir(root);
    await writeFile(join(folder, "htpasswd"), `${USER}:${HASH}\n`);
    const config = join(folder, "config.json");
    // YAML takes JSON.
    await writeFile(config, JSON.stringify(configuration(host, folder, root, options)));
    const daemon = await startDaemon({
      command: ["docker-registry", "serve", config],
      log: join(folder, "log"),
      ready: () => answers(host),
    });
    try {
      return await use({ host, root });
    } finally {
      await daemon.stop();
    }
  });
}

function configuration(
  addr: string,
  folder: string,
  rootdirectory: string,
  { htpasswd = false, deletion = true }: DockerRegistryOptions,
): unknown {
  const auth = { htpasswd: { realm: "pause tests", path: join(folder, "htpasswd") } };
  return {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory }, delete: { enabled: deletion } },
    http: { addr },
    ...(htpasswd && { auth }),
  };
}

/** Any answer will do: with htpasswd it is 401. */
async function answers(host: string): Promise<boolean> {
  try {
    const response = await fetch(`http://${host}/v2/`);
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
