import type { OpenBlob } from "../../store.ts";
import type { Network } from "./network.ts";

/** When a request is sent again. */
export interface RetryRules {
  /** The answers after which the same request may succeed. */
  readonly statuses: readonly number[];
  /** How often a request is sent at most, ≥ 1. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; twice as many before each further one. */
  readonly firstDelay: number;
  /** The longest wait, in milliseconds, also of those that the registry asks for. */
  readonly longestDelay: number;
}

/** How one store's requests are made, and what messages about them say. */
export interface Transport {
  /** What is being done, as it stands after "Cannot": `push 10.0.0.5:5000/k8s/pause`. */
  readonly task: string;
  readonly userAgent: string;
  /** The root of the registry that the user named. Other hosts are where it sends us. */
  readonly registry: URL;
  /** What is shared with the other stores of the command. */
  readonly network: Network;
  /** Milliseconds for a connection: name, proxy and TLS included. */
  readonly connectTimeout: number;
  /** Milliseconds that may pass without a byte in either direction once there is a connection. */
  readonly idleTimeout: number;
  /** Milliseconds for a request with its answer, body included. @default no limit */
  readonly wholeTimeout?: number;
  readonly retry: RetryRules;
  readonly signal: AbortSignal | undefined;
  /** Passwords and tokens in use. No message holds one of them. */
  readonly secrets: Set<string>;
}

/** What a request carries: bytes in memory, or a stream of known size that can be opened again. */
export type Payload = Uint8Array | { readonly size: number; readonly open: OpenBlob };

export interface Outgoing {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: Payload;
}

/** What came back. The body must be read to its end or given to {@link drain}: the connection waits for it. */
export interface Answer {
  /** Who answered, after redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
}

/** Bytes of an unwanted body that are read so that its connection can be used again. */
const WORTH_READING = 64 * 1024;

/** Reads and drops what is left of an answer; a long rest is cut off with its connection. */
export async function drain({ body }: Answer): Promise<void> {
  await readUpTo(body, WORTH_READING);
}

/** The first `limit` bytes of a body, or fewer when it breaks off: good enough for a message. */
export async function readUpTo(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let left = limit;
  try {
    for await (const chunk of body ?? []) {
      chunks.push(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) break;
    }
  } catch {
    // What came before the break is what there is to show.
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}
