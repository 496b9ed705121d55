import { PauseError } from "../../error.ts";
import { type Network, openNetwork } from "./http/network.ts";
import { follow } from "./http/redirect.ts";
import { RETRY, retrying } from "./http/retry.ts";
import { type Answer, drain, type RetryRules, type Transport } from "./http/transport.ts";
import { brokenConnection } from "./http/trouble.ts";

export interface ElsewhereOptions {
  readonly network?: Network;
  readonly signal?: AbortSignal;
  readonly retry?: RetryRules;
}

/** No host has this name, so every host is one to which a stranger sends us: none may be private. */
const NOBODY = new URL("https://nobody.invalid/");

/**
 * Gets what an image says is to be had at an address outside its registry. Whoever made the image
 * wrote the address: only https is asked, no private address, and nobody is shown a login.
 *
 * @returns the bytes, which nobody has checked yet
 * @throws PauseError `registry` when they cannot be had there; `interrupted`
 */
export async function getElsewhere(
  url: URL,
  options: ElsewhereOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const { network = openNetwork(), signal, retry = RETRY } = options;
  const task = `get a foreign layer from ${url.origin}`;
  if (url.protocol !== "https:") {
    throw new PauseError("registry", `Cannot ${task}: the address is not https.`);
  }
  const transport: Transport = {
    task,
    userAgent: "pause-image",
    registry: NOBODY,
    network,
    connectTimeout: 30_000,
    idleTimeout: 60_000,
    retry,
    signal,
    secrets: new Set(),
  };
  try {
    const once = (): Promise<Answer> => follow({ method: "GET", url }, transport, () => undefined);
    const answer = await retrying(retry, signal, once, network.spendRetry);
    if (answer.status === 200 && answer.body !== null) return answer.body;
    await drain(answer);
    throw new PauseError("registry", `Cannot ${task}: it answered ${answer.status}.`);
  } catch (error) {
    throw brokenConnection(transport, error);
  }
}
