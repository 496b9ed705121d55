import { isPublicAddress, parseAddress } from "./ip.ts";
import { PRIVATE } from "./troubles.ts";
import { unless } from "./unless.ts";

/** Finds the addresses of a name: IPv4 and IPv6 in their text forms, the best first, at least one. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

/**
 * Keeps a registry of the open internet from sending us into a private network, whether by an
 * address or by a name that has one.
 */
export interface Guard {
  /**
   * The addresses of a target that may be connected to.
   * @throws Error when there are only private ones, and the registry has no business there
   */
  addresses(target: URL, registry: URL, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Judges a target that a proxy connects to: names cannot be, for it is the proxy that looks them up.
   * @throws Error as above
   */
  judgeUnseen(target: URL, registry: URL): void;
  /** Told the address at which a target answered. */
  reached(address: string, target: URL, registry: URL): void;
}

/**
 * @param lookup how names become addresses
 * @param isPublic whether an address is one of the open internet
 */
export function guardWith(
  lookup: Lookup,
  isPublic: (address: string) => boolean = isPublicAddress,
): Guard {
  /** The registries that were reached by their names, and whether that was at a public address. */
  const known = new Map<string, boolean>();
  /** A registry that only a proxy has seen counts as public. */
  const isPrivate = ({ hostname, host }: URL): boolean => {
    const literal = bareHost(hostname);
    return parseAddress(literal) === undefined ? known.get(host) === false : !isPublic(literal);
  };
  return {
    async addresses(target, registry, signal) {
      const host = bareHost(target.hostname);
      const found = parseAddress(host) === undefined ? await unless(signal, lookup(host)) : [host];
      const isFirst = target.host === registry.host && !known.has(registry.host);
      if (isFirst || isPrivate(registry)) return found;
      const allowed = found.filter(isPublic);
      if (allowed.length > 0) return allowed;
      throw refused(target, found[0]);
    },
    judgeUnseen(target, registry) {
      const host = bareHost(target.hostname);
      if (parseAddress(host) === undefined || target.host === registry.host) return;
      if (!isPublic(host) && !isPrivate(registry)) throw refused(target, host);
    },
    reached(address, target, registry) {
      // A socket that its peer has reset again has no address, which says nothing.
      if (target.host !== registry.host || parseAddress(address) === undefined) return;
      // Public once is public for good: a name may have another address a moment later.
      known.set(registry.host, known.get(registry.host) === true || isPublic(address));
    },
  };
}

function refused({ host }: URL, address: string | undefined): Error {
  return new Error(`${PRIVATE} ${host}, whose address is ${address}`);
}

/** A host without the brackets of IPv6. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}
