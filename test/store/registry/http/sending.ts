import { type NetworkOptions, openNetwork } from "../../../../build/store/registry/http/network.ts";
import { RETRY } from "../../../../build/store/registry/http/retry.ts";
import { send } from "../../../../build/store/registry/http/connection.ts";
import type {
  Answer,
  Outgoing,
  Transport,
} from "../../../../build/store/registry/http/transport.ts";
import { brokenConnection } from "../../../../build/store/registry/http/trouble.ts";

/** A transport to the registry at an address, which knows nothing of this machine's proxies and authorities. */
export function transportTo(
  registry: string,
  options: NetworkOptions = {},
  more: Partial<Transport> = {},
): Transport {
  return {
    task: "pull pause",
    userAgent: "test",
    registry: new URL(registry),
    network: openNetwork({ env: {}, ...options }),
    connectTimeout: 10_000,
    idleTimeout: 10_000,
    retry: { ...RETRY, firstDelay: 1 },
    signal: undefined,
    secrets: new Set(),
    ...more,
  };
}

/** Every name is this machine. */
export const here = (): Promise<readonly string[]> => Promise.resolve(["127.0.0.1"]);

/** Sends a request to an address, by GET unless it says otherwise, and reads the answer as text. */
export async function ask(
  url: string,
  transport: Transport,
  more: Partial<Outgoing> = {},
): Promise<{ readonly answer: Answer; readonly text: string }> {
  try {
    const answer = await send({ method: "GET", url: new URL(url), ...more }, transport);
    const chunks: string[] = [];
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) chunks.push(decoder.decode(chunk));
    return { answer, text: chunks.join("") };
  } catch (error) {
    throw brokenConnection(transport, error);
  }
}
