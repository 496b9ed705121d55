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
  /** What messages call it. @default "registry" */
  readonly peer?: string;
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

/**
 * What to add to the name of who sent bytes that are not the right ones, when they were encoded on
 * the way, which nobody asked for.
 */
export function encodingOf({ headers }: Answer): string {
  const coding = /^[\w,. -]{1,40}$/.exec(headers.get("content-encoding") ?? "identity")?.[0];
  return coding === "identity" ? "" : ` (sent with Content-Encoding ${coding ?? "of some kind"})`;
}

/** How many times as long as nothing may move a document may take. */
const DOCUMENT_TIMES = 5;

/**
 * The transport for a document, which is small: bytes that come one by one, each in time, would
 * otherwise keep us for years.
 */
export function forDocument(transport: Transport): Transport {
  return { wholeTimeout: transport.idleTimeout * DOCUMENT_TIMES, ...transport };
}

/** Bytes of an unwanted body that are read so that its connection can be used again. */
const WORTH_READING = 64 * 1024;

/** Milliseconds for as much: bytes that come one by one would never be at an end. */
const WORTH_WAITING = 30_000;

/** Reads and drops what is left of an answer; a long rest is cut off with its connection. */
export async function drain({ body }: Answer): Promise<void> {
  await readUpTo(body, WORTH_READING);
}

/**
 * The first `limit` bytes of a body, or fewer when it breaks off or takes too long: good enough for
 * a message.
 *
 * @param time milliseconds. @default 30_000
 */
export async function readUpTo(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  time: number = WORTH_WAITING,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const reader = body?.getReader();
  const giveUp = (): void => void reader?.cancel().catch(() => {});
  const timer = setTimeout(giveUp, time);
  try {
    for (let left = limit; left > 0;) {
      const chunk = (await reader?.read())?.value;
      if (chunk === undefined) break;
      chunks.push(chunk.subarray(0, left));
      left -= chunk.length;
    }
  } catch {
    // What came before the break is what there is to show.
  }
  clearTimeout(timer);
  giveUp();
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}
