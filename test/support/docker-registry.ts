import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDaemon } from "./daemon.ts";
import { withFolder } from "./folder.ts";
import { accepts, freePort } from "./port.ts";
import type { TokenAuth } from "./token-server.ts";

export interface DockerRegistryOptions {
  /** Asks everybody for {@link USER} and {@link PASSWORD}. @default false */
  readonly htpasswd?: boolean;
  /** Sends everybody to a token server. @default nobody */
  readonly token?: TokenAuth;
  /** PEM files: speaks TLS. @default plain http */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Whether manifests and blobs may be deleted. @default true */
  readonly deletion?: boolean;
  /** Whether manifests may name layers at other addresses: as it comes, it takes none. @default false */
  readonly foreignLayers?: boolean;
  /** Whether its log gets a line for each request. @default false */
  readonly accessLog?: boolean;
}

export interface DockerRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The folder that holds `docker/registry/v2/…`. */
  readonly root: string;
  /** The file of what it says. */
  readonly log: string;
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
    const port = await freePort();
    const host = `127.0.0.1:${port}`;
    const root = join(folder, "root");
    await mkdir(root);
    await writeFile(join(folder, "htpasswd"), `${USER}:${HASH}\n`);
    const config = join(folder, "config.json");
    const log = join(folder, "log");
    // YAML takes JSON.
    await writeFile(config, JSON.stringify(configuration(host, folder, root, options)));
    const daemon = await startDaemon({
      command: ["docker-registry", "serve", config],
      log,
      ready: () => accepts(port),
    });
    try {
      return await use({ host, root, log });
    } finally {
      await daemon.stop();
    }
  });
}

function configuration(
  addr: string,
  folder: string,
  rootdirectory: string,
  options: DockerRegistryOptions,
): unknown {
  const { htpasswd = false, token, tls, deletion = true } = options;
  const { foreignLayers = false, accessLog = false } = options;
  const file = { realm: "pause tests", path: join(folder, "htpasswd") };
  return {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: !accessLog } },
    storage: { filesystem: { rootdirectory }, delete: { enabled: deletion } },
    http: { addr, ...(tls && { tls }) },
    ...(foreignLayers && { validation: { manifests: { urls: { allow: ["^https://"] } } } }),
    ...(htpasswd && { auth: { htpasswd: file } }),
    ...(token && { auth: { token: settingsFor(token) } }),
  };
}

/** It refuses settings that it does not know. */
function settingsFor({ realm, service, issuer, rootcertbundle }: TokenAuth): TokenAuth {
  return { realm, service, issuer, rootcertbundle };
}
