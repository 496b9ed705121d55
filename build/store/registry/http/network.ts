import type { Agent } from "node:http";
import process from "node:process";
import type { SecureContext } from "node:tls";
import { bareHost, guardWith, type Lookup } from "./guard.ts";
import { type Proxy, proxyFor } from "./proxy.ts";
import { dropIdle, keptSockets, securityOf, systemLookup } from "./sockets.ts";
import { type Throttle, throttle } from "./throttle.ts";
import { type Environment, hostTrust, systemTrust, type Trust } from "./trust.ts";
import { unless } from "./unless.ts";

export interface NetworkOptions {
  /** Proxies and trusted authorities are read from it. @default process.env */
  readonly env?: Environment;
  /**
   * A folder of certificates, in place of the usual `certs.d`: `HOST[:PORT]` folders in it, or the
   * files themselves. @default CERT_DIR of the environment, else the usual ones
   */
  readonly certDir?: string;
  /** How names become addresses. @default the system's look-up */
  readonly lookup?: Lookup;
  /** Whether an address is one of the open internet. @default by the registries of IANA */
  readonly isPublic?: (address: string) => boolean;
  /** How many retries all requests together may make, ≥ 0. @default 100 */
  readonly retries?: number;
  /** How many requests to one host are under way at most, ≥ 1; fewer after it said that it is too much. @default 64 */
  readonly sideBySide?: number;
}

/**
 * What the stores of one command share: connections, whom they trust, proxies, how many requests a
 * host gets at a time, and how many retries there are in all.
 */
export interface Network {
  /** Takes one of the retries there are. False when they are used up. */
  spendRetry(): boolean;
  /** How many requests a host gets at a time. */
  throttleOf(url: URL): Throttle;
  /**
   * The proxy that an address is asked through.
   * @throws Error when the environment names none that can be used
   */
  proxyFor(url: URL): Proxy | undefined;
  /**
   * The connections to an address, to which the user or `registry` sends us.
   *
   * @param fresh has none that was used before, and drops the ones that wait: one of them turned
   * out to be dead, and so may all
   * @throws Error when the registry may not send us there, or as {@link Network.proxyFor} does
   */
  connections(url: URL, registry: URL, fresh?: boolean): Agent;
}

/** Opens the network of one command. Nothing is read or connected before the first request. */
export function openNetwork(options: NetworkOptions = {}): Network {
  const { env = process.env, lookup = systemLookup, sideBySide = 64 } = options;
  let { retries = 100 } = options;
  const throttles = new Map<string, Throttle>();
  const agents = new Map<string, Agent>();
  const guard = guardWith(lookup, options.isPublic);
  const security = securityWith(env, options.certDir ?? env.CERT_DIR);
  return {
    spendRetry: () => retries-- > 0,
    throttleOf: ({ host }) => kept(throttles, host, () => throttle(sideBySide)),
    proxyFor: (url) => proxyFor(url, env),
    connections(url, registry, fresh = false) {
      const proxy = proxyFor(url, env);
      if (proxy !== undefined) guard.judgeUnseen(url, registry);
      const key = `${registry.host} ${url.origin}`;
      const old = agents.get(key);
      if (fresh && old !== undefined) {
        dropIdle(old);
        agents.delete(key);
      }
      return kept(agents, key, () =>
        keptSockets({
          target: url,
          proxy,
          addresses: (at, signal) =>
            proxy === undefined
              ? guard.addresses(at, registry, signal)
              : unless(signal, lookup(bareHost(at.hostname))),
          security: (at) => security(at, registry),
          connected: (address) => guard.reached(address, url, registry),
        }));
    },
  };
}

/** What TLS with an address rests on, read once for each registry. */
function securityWith(
  env: Environment,
  certDir: string | undefined,
): (url: URL, registry: URL) => Promise<SecureContext> {
  const system = new Map<string, Promise<Trust>>();
  const contexts = new Map<string, Promise<SecureContext>>();
  const make = async (registry: URL, isRegistry: boolean): Promise<SecureContext> => {
    const base = await kept(system, "", () => systemTrust(env));
    const own = await hostTrust(userHost(registry), env, certDir);
    const more = [...base.more, ...own.more];
    // Our certificate says who we are, as a login does: it is for the registry alone.
    return securityOf(isRegistry ? { ...base, ...own, more } : { ...base, more });
  };
  return (at, registry) => {
    const isRegistry = at.host === registry.host;
    return kept(contexts, `${isRegistry} ${registry.host}`, () => make(registry, isRegistry));
  };
}

/** Docker Hub's API has another host than the names of its images. */
function userHost({ host }: URL): string {
  return host === "registry-1.docker.io" ? "docker.io" : host;
}

function kept<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
