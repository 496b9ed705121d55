import { setTimeout as sleep } from "node:timers/promises";
import type { Network } from "../store/registry/http/network.ts";
import { type Throttle, throttle } from "../store/registry/http/throttle.ts";

/** How a host is to be spared. */
export interface Limits {
  /** > 0 */
  readonly requestsPerSecond?: number;
  /** How many requests are under way at most, ≥ 1. @default the network's */
  readonly concurrency?: number;
}

/**
 * A network that keeps the limits of its hosts, for every request of the command: retries, logins
 * and uploads too.
 *
 * @param limitsOf by `host[:port]` of the address that is asked; undefined: the network's own
 */
export function limited(
  network: Network,
  limitsOf: (host: string) => Limits | undefined,
): Network {
  const throttles = new Map<string, Throttle>();
  const made = (url: URL): Throttle => {
    const { requestsPerSecond, concurrency } = limitsOf(url.host) ?? {};
    const turns = concurrency === undefined ? network.throttleOf(url) : throttle(concurrency);
    return requestsPerSecond === undefined ? turns : paced(turns, requestsPerSecond);
  };
  return {
    ...network,
    throttleOf(url) {
      const known = throttles.get(url.host) ?? made(url);
      throttles.set(url.host, known);
      return known;
    },
  };
}

/** Milliseconds that timers know, 24 days: of more they make none at all. */
const LONGEST = 2 ** 31 - 1;

/**
 * Lets requests begin at equal distances, never in a burst: registries count by the minute or by the
 * second, and nobody knows from when.
 */
function paced(turns: Throttle, perSecond: number): Throttle {
  let next = 0;
  return {
    async enter(signal) {
      const leave = await turns.enter(signal);
      const now = performance.now();
      const start = Math.max(now, next);
      next = start + 1000 / perSecond;
      try {
        if (start > now) {
          await sleep(Math.min(start - now, LONGEST), undefined, signal && { signal });
        }
      } catch (error) {
        leave("lost");
        throw signal?.aborted ? signal.reason : error;
      }
      return leave;
    },
  };
}

/**
 * What is left for one of several processes that share the limits: their rates add up to what is
 * allowed. Each has at least one request under way.
 */
export function shareOf({ requestsPerSecond, concurrency }: Limits, count: number): Limits {
  return {
    ...(requestsPerSecond !== undefined && { requestsPerSecond: requestsPerSecond / count }),
    ...(concurrency !== undefined && {
      concurrency: Math.max(1, Math.floor(concurrency / count)),
    }),
  };
}
