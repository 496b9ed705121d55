import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Certificate } from "./authority.ts";
import { startDaemon } from "./daemon.ts";
import { withFolder } from "./folder.ts";
import { accepts, freePort } from "./port.ts";

export interface NginxOptions {
  /** Whom it passes requests on to, over plain http: `127.0.0.1:PORT`. */
  readonly target: string;
  readonly tls: Certificate;
  /** The file of the authority of which clients have to show a certificate. */
  readonly clients: string;
}

/**
 * Gives `use` an nginx of its own that speaks TLS with clients that show a certificate, and stops it
 * afterwards.
 */
export async function withNginx<T>(
  options: NginxOptions,
  use: (host: string) => Promise<T>,
): Promise<T> {
  return await withFolder(async (folder) => {
    const port = await freePort();
    const config = join(folder, "nginx.conf");
    await writeFile(config, configuration(port, folder, options));
    const daemon = await startDaemon({
      command: ["nginx", "-p", folder, "-e", join(folder, "error.log"), "-c", config],
      log: join(folder, "log"),
      ready: () => accepts(port),
    });
    try {
      return await use(`127.0.0.1:${port}`);
    } finally {
      await daemon.stop();
    }
  });
}

function configuration(
  port: number,
  folder: string,
  { target, tls, clients }: NginxOptions,
): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`).join("\n  ");
  return `daemon off;
user root;
worker_processes 1;
pid ${folder}/pid;
events {}
http {
  access_log off;
  client_max_body_size 0;
  ${temporary}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${tls.certificate};
    ssl_certificate_key ${tls.key};
    ssl_client_certificate ${clients};
    ssl_verify_client on;
    location / {
      proxy_pass http://${target};
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto https;
    }
  }
}
`;
}
