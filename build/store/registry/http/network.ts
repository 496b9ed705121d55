/** Environment variables: where proxies and trusted authorities are looked up. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Finds the addresses of a name: IPv4 and IPv6 in their text forms, the best first, at least one. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

export interface NetworkOptions {
  /** Proxies and trusted authorities are read from it. @default process.env */
  readonly env?: Environment;
  /**
   * A folder of certificates, in place of the usual `certs.d`: `HOST[:PORT]` folders in it, or the
   * files themselves. @default the usual ones
   */
  readonly certDir?: string;
  /** How names become addresses. @default the system's look-up */
  readonly lookup?: Lookup;
  /** Whether an address is one of the open internet, to which a registry may send us. @default by the registries of IANA */
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
}

/** Opens the network of one command. Nothing is read or connected before the first request. */
export function openNetwork(options: NetworkOptions = {}): Network {
  let { retries = 100 } = options;
  return { spendRetry: () => retries-- > 0 };
}
