import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDaemon } from "./daemon.ts";
import { withFolder } from "./folder.ts";
import { accepts, freePort } from "./port.ts";

export interface TinyproxyOptions {
  /** Whom it serves. @default everybody */
  readonly login?: { readonly username: string; readonly password: string };
  /** A name that stands for this machine, to the proxy alone. */
  readonly name: string;
}

export interface Tinyproxy {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The first lines of the requests that came: `CONNECT registry.test:5000 HTTP/1.1`. */
  asked(): Promise<readonly string[]>;
}

/** Its own view of /etc/hosts, which nobody else sees. */
const NAMED = 'mount --bind "$0" /etc/hosts && exec "$@"';

/** Gives `use` a tinyproxy of its own, and stops it afterwards. */
export async function withTinyproxy<T>(
  options: TinyproxyOptions,
  use: (proxy: Tinyproxy) => Promise<T>,
): Promise<T> {
  return await withFolder(async (folder) => {
    const port = await freePort();
    const [config, hosts, log] = ["config", "hosts", "requests"].map((name) => join(folder, name));
    await writeFile(config ?? "", configuration(port, log ?? "", options));
    await writeFile(hosts ?? "", `127.0.0.1 localhost ${options.name}\n`);
    const tinyproxy = ["tinyproxy", "-d", "-c", config ?? ""];
    const daemon = await startDaemon({
      command: ["unshare", "--mount", "sh", "-c", NAMED, hosts ?? "", ...tinyproxy],
      log: join(folder, "log"),
      ready: () => accepts(port),
    });
    const asked = async (): Promise<readonly string[]> =>
      [...(await readFile(log ?? "", "utf8")).matchAll(/: Request .*?: (.*)$/gm)]
        .map(([, line = ""]) => line);
    try {
      return await use({ host: `127.0.0.1:${port}`, asked });
    } finally {
      await daemon.stop();
    }
  });
}

function configuration(port: number, log: string, { login }: TinyproxyOptions): string {
  return `Port ${port}
Listen 127.0.0.1
LogFile "${log}"
LogLevel Connect
Timeout 60
${login === undefined ? "" : `BasicAuth ${login.username} ${login.password}`}
`;
}
