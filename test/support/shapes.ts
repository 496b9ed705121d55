import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Authority, makeAuthority } from "./authority.ts";
import { PASSWORD, USER, withDockerRegistry } from "./docker-registry.ts";
import { withFolder } from "./folder.ts";
import { withNginx } from "./nginx.ts";
import { withTokenServer } from "./token-server.ts";

/** A docker-registry as people run them, and what its clients need. */
export interface Shape {
  readonly host: string;
  /** A folder with the authority (`*.crt`) and our certificate (`*.cert`, `*.key`), as for containers' certs.d. */
  readonly certDir?: string;
  /** What it wants to know of those who write, and mostly also of those who read. */
  readonly login?: { readonly username: string; readonly password: string };
  /** What may be in no message, beyond the password. */
  readonly tokens?: readonly string[];
}

type WithShape = <T>(use: (shape: Shape) => Promise<T>) => Promise<T>;

const login = { username: USER, password: PASSWORD };

/** The programs that {@link SHAPES} start. */
export const SHAPE_PROGRAMS = ["docker-registry", "nginx", "openssl"] as const;

export const SHAPES: Readonly<Record<string, WithShape>> = {
  open: (use) => withDockerRegistry(({ host }) => use({ host })),

  "htpasswd over TLS": (use) =>
    withFolder(async (folder) => {
      const authority = await makeAuthority(folder);
      const tls = await authority.issue("server", "serverAuth");
      const certDir = await certificates(folder, authority);
      const options = { htpasswd: true, tls };
      return await withDockerRegistry(({ host }) => use({ host, certDir, login }), options);
    }),

  "token server": (use) =>
    withFolder(async (folder) =>
      withTokenServer(
        { ...login, ...await makeAuthority(folder) },
        (token) =>
          withDockerRegistry(({ host }) => use({ host, login, tokens: token.tokens }), { token }),
      )
    ),

  "nginx that wants client certificates": (use) =>
    withFolder(async (folder) => {
      const authority = await makeAuthority(folder);
      const tls = await authority.issue("server", "serverAuth");
      const certDir = await certificates(folder, authority, true);
      const clients = authority.certificate;
      return await withDockerRegistry(({ host: target }) =>
        withNginx({ target, tls, clients }, (host) => use({ host, certDir }))
      );
    }),
};

async function certificates(
  folder: string,
  authority: Authority,
  withClient = false,
): Promise<string> {
  const certDir = join(folder, "certs");
  await mkdir(certDir);
  await copyFile(authority.certificate, join(certDir, "ca.crt"));
  if (!withClient) return certDir;
  const client = await authority.issue("client", "clientAuth");
  await copyFile(client.certificate, join(certDir, "client.cert"));
  await copyFile(client.key, join(certDir, "client.key"));
  return certDir;
}
