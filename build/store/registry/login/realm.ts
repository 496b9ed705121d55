import { PauseError } from "../../../error.ts";
import { isLoopback, withoutLogin } from "../http/endpoint.ts";
import { redacted, shownAddress } from "../http/redaction.ts";
import type { Transport } from "../http/transport.ts";

/**
 * The address of the token server that a registry names. Who may be sent a login is not for a
 * registry to say alone: the realm must be reached by https, or be on the same host as a registry
 * that is itself spoken to without TLS.
 *
 * @param transport what is being done, and what no message may hold
 * @throws PauseError `authentication`
 */
export function trustedRealm(
  realm: string,
  registry: URL,
  { task, secrets }: Pick<Transport, "task" | "secrets">,
): URL {
  const url = URL.canParse(realm, registry) ? new URL(realm, registry) : undefined;
  if (url?.protocol === "https:") return withoutLogin(url);
  if (url?.protocol === "http:" && registry.protocol === "http:" && isNeighbour(url, registry)) {
    return withoutLogin(url);
  }
  throw new PauseError(
    "authentication",
    `Cannot ${task}: the registry wants logins to go to "${
      url === undefined ? "nowhere" : redacted(shownAddress(url), secrets)
    }", which is not https. Tell those who run the registry.`,
  );
}

function isNeighbour(realm: URL, registry: URL): boolean {
  return realm.hostname === registry.hostname ||
    isLoopback(realm.hostname) && isLoopback(registry.hostname);
}
