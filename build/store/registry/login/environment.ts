import { PauseError } from "../../../error.ts";
import { parseReference, type Repository } from "../../../oci/reference.ts";
import { entryName } from "./config.ts";
import type { Found } from "./credentials.ts";
import { credentialOf } from "./entry.ts";
import type { Environment } from "./places.ts";

/**
 * The login that `REGISTRY_USERNAME` and `REGISTRY_PASSWORD` hold. It is for one registry and goes
 * to no other: `REGISTRY_HOST`, else the one that the command writes to, else that of `REGISTRY`.
 *
 * @param ownHost the host that the command writes to
 */
export function variablesFor(
  { host }: Repository,
  env: Environment,
  ownHost: string | undefined,
): Found {
  const { REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password } = env;
  if (!username && !password) return {};
  const credential = credentialOf(username, password);
  if (credential === undefined) {
    const [set, missing] = username ? ["USERNAME", "PASSWORD"] : ["PASSWORD", "USERNAME"];
    return { note: `REGISTRY_${set} is set, but REGISTRY_${missing} is not.` };
  }
  const meant = hostMeant(env, ownHost);
  if (meant === undefined) {
    return { note: "REGISTRY_USERNAME is set, but not for which registry: set REGISTRY_HOST." };
  }
  if (meant !== host.toLowerCase()) return { note: `REGISTRY_USERNAME is for ${meant} alone.` };
  return { credential, from: "REGISTRY_USERNAME" };
}

function hostMeant(
  { REGISTRY_HOST, REGISTRY }: Environment,
  ownHost: string | undefined,
): string | undefined {
  if (REGISTRY_HOST) return entryName(REGISTRY_HOST);
  if (ownHost !== undefined) return ownHost.toLowerCase();
  if (!REGISTRY) return undefined;
  try {
    return parseReference(`${REGISTRY}/pause`).host.toLowerCase();
  } catch (error) {
    if (error instanceof PauseError) return undefined;
    throw error;
  }
}
