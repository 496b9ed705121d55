import type { Repository } from "../../../oci/reference.ts";

/** Docker Hub answers under another name than the one that its images have. */
const API_HOSTS: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io" };

/**
 * Whether a host is this machine: `localhost`, 127.0.0.0/8 or `[::1]`. What goes there passes no
 * wire, so plain http is the default.
 *
 * @param hostname without a port, as in {@link URL.hostname}
 */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

/**
 * Where the API of a repository's registry is: plain http on this machine, https elsewhere. What
 * fails over https is never tried over http. Docker Hub is known to speak https: the user's word for a
 * registry of their own, in the same command, is not meant for it.
 *
 * @param plainHttp the user's word that another host may be spoken to without TLS
 */
export function apiRoot({ host }: Repository, plainHttp: boolean): URL {
  const known = API_HOSTS[host];
  if (known !== undefined) return new URL(`https://${known}/v2/`);
  const rest = `//${host}/v2/`;
  const plain = new URL(`http:${rest}`);
  return plainHttp || isLoopback(plain.hostname) ? plain : new URL(`https:${rest}`);
}

/**
 * Resolves an address that a registry sent, for an upload or a redirect.
 *
 * A registry behind a TLS proxy that does not know its own scheme sends `http:` addresses of its
 * own host; they are taken as the same place over https. Logins in the address are dropped.
 *
 * @returns undefined when the address is none, is not http(s), or would leave https for http
 * elsewhere
 */
export function sentAddress(from: URL, location: string): URL | undefined {
  if (!URL.canParse(location, from)) return undefined;
  const url = withoutLogin(new URL(location, from));
  if (url.protocol === "https:") return url;
  if (url.protocol !== "http:") return undefined;
  if (from.protocol === "http:") return url;
  const own = url.hostname === from.hostname && (url.port === "" || url.port === from.port);
  return own ? new URL(url.pathname + url.search, from) : undefined;
}

/** Takes the login out of an address. */
export function withoutLogin(url: URL): URL {
  url.username = "";
  url.password = "";
  return url;
}
