import { readAll } from "../../verified.ts";
import { type Network, openNetwork } from "./network.ts";
import { follow } from "./redirect.ts";
import { RETRY, retrying } from "./retry.ts";
import { type Outgoing, readUpTo, type RetryRules, type Transport } from "./transport.ts";
import { brokenConnection } from "./trouble.ts";

/** How a service that is no registry is asked. */
export interface ServiceOptions {
  /** What is being done, as it stands after "Cannot". */
  readonly task: string;
  /** @default one of its own */
  readonly network?: Network;
  readonly signal?: AbortSignal;
  /** Of the service's own address alone: where it sends us does not get it. */
  readonly authorization?: string;
  /** What no message may hold. @default only what `authorization` has */
  readonly secrets?: readonly string[];
  /** Milliseconds for one request with its answer. @default 30_000 */
  readonly timeout?: number;
  /** @default RETRY */
  readonly retry?: RetryRules;
  /** The most bytes of an answer that are taken. @default DOCUMENT_LIMIT */
  readonly largest?: number;
}

/** What a service said, whole. */
export interface ServiceAnswer {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

/** Bytes of a refusal that are read: it is for a message. */
const TOLD = 16 * 1024;

/**
 * Asks a service that is no registry, over the same sockets: its proxies, authorities, redirects and
 * retries are those of registries.
 *
 * @returns the answer, whatever its status
 * @throws PauseError `registry` when there was none; `verification` when it is too long; `usage` for
 * a proxy that cannot be used; `interrupted`
 */
export async function askService(
  request: Outgoing,
  options: ServiceOptions,
): Promise<ServiceAnswer> {
  const { authorization, largest, signal } = options;
  const transport = transportTo(request.url, options);
  const authorize = ({ origin }: URL): string | undefined =>
    origin === request.url.origin ? authorization : undefined;
  try {
    return await retrying(transport.retry, signal, async () => {
      const answer = await follow(request, transport, authorize);
      const isGood = answer.status >= 200 && answer.status < 300;
      const bytes = isGood && answer.body !== null
        ? await readAll(answer.body, largest)
        : await readUpTo(answer.body, TOLD);
      return { ...answer, bytes, body: null };
    }, transport.network.spendRetry);
  } catch (error) {
    throw brokenConnection(transport, error);
  }
}

function transportTo(service: URL, options: ServiceOptions): Transport {
  const { task, network, signal, authorization, secrets = [], timeout = 30_000 } = options;
  return {
    task,
    peer: "service",
    userAgent: "pause-image",
    registry: service,
    network: network ?? openNetwork(),
    connectTimeout: timeout,
    idleTimeout: timeout,
    wholeTimeout: timeout,
    retry: options.retry ?? RETRY,
    signal,
    secrets: new Set([...secrets, ...(authorization?.split(" ").slice(1) ?? [])]),
  };
}
