import process from "node:process";
import { readConfig } from "./config.ts";
import type { CredentialSource } from "./credentials.ts";
import { variablesFor } from "./environment.ts";
import { type HelperLimits, helpers } from "./helper.ts";
import { loginIn } from "./lookup.ts";
import { configFiles, type Environment } from "./places.ts";

export interface LookUpOptions extends HelperLimits {
  /** The host that the command writes to: `REGISTRY_USERNAME` is for it when nothing else is said. */
  readonly ownHost?: string;
}

/**
 * Takes logins from the environment and from the files that `docker login` and `podman login`
 * write, and asks the credential helpers that are named there. The first place that has a login for
 * the repository is used; docs/registry.md has the order. What cannot be used stops nobody from
 * reading what is public: it is a note, not an error. The source asks each helper once for a
 * host, so keep it for a whole command.
 *
 * @param env the environment to look in
 * @returns a source that throws nothing but PauseError `interrupted`
 * @see https://docs.docker.com/reference/cli/docker/login/
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */
export function dockerConfig(
  env: Environment = process.env,
  options: LookUpOptions = {},
): CredentialSource {
  const ask = helpers(env, options);
  return async (repository) => {
    const notes: string[] = [];
    const missing: string[] = [];
    const variables = variablesFor(repository, env, options.ownHost);
    if (variables.credential !== undefined) return variables;
    if (variables.note !== undefined) notes.push(variables.note);
    for (const place of configFiles(env)) {
      const read = await readConfig(place);
      if (read === undefined) {
        missing.push(place.name);
        continue;
      }
      const found = typeof read === "string"
        ? { note: read }
        : await loginIn(read, repository, place.name, ask);
      if (found.credential !== undefined) return found;
      if (found.note !== undefined) notes.push(found.note);
    }
    return { note: notes.length > 0 ? notes.join(" ") : nowhere(missing) };
  };
}

function nowhere(missing: readonly string[]): string {
  return `There is no file with logins (${missing.join(", ")}).`;
}
