import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { CredentialSource } from "../../../../build/store/registry/login/credentials.ts";
import {
  dockerConfig,
  type LookUpOptions,
} from "../../../../build/store/registry/login/docker-config.ts";
import { withFolder } from "../../../support/folder.ts";

/**
 * Gives `use` the logins of a config.json, and of credential helpers, which are shell scripts.
 *
 * @param config what is in config.json
 * @param scripts by the helper's name, without `docker-credential-`; `$LOG` is a file to write to
 */
export async function withHelpers<Value>(
  config: unknown,
  scripts: Readonly<Record<string, string>>,
  use: (source: CredentialSource, folder: string) => Promise<Value>,
  options: LookUpOptions = {},
): Promise<Value> {
  return await withFolder(async (folder) => {
    await writeFile(join(folder, "config.json"), JSON.stringify(config));
    for (const [name, script] of Object.entries(scripts)) {
      const path = join(folder, `docker-credential-${name}`);
      await writeFile(path, `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o755);
    }
    const env = {
      DOCKER_CONFIG: folder,
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      LOG: join(folder, "log"),
      PATH: `${folder}:${process.env.PATH}`,
    };
    return await use(dockerConfig(env, options), folder);
  });
}

/** The script of a helper that writes down what it is asked, and prints a login. */
export function printing(username: string, secret: string): string {
  const login = JSON.stringify({ ServerURL: "x", Username: username, Secret: secret });
  return `echo "$1 $(cat)" >> "$LOG"\ncat <<'END'\n${login}\nEND`;
}
