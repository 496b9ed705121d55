import { PauseError, reason } from "../../../error.ts";
import { redacted } from "./redaction.ts";
import type { Transport } from "./transport.ts";

/** A way in which a connection fails. */
export interface Trouble {
  /** What the texts of all runtimes have in common, over the error and its causes. */
  readonly pattern: RegExp;
  readonly found: string;
  readonly hint: string;
  /** Whether the next attempt may well succeed. */
  readonly retry: boolean;
}

/** The beginning of the error that ends a request on which nothing moves. */
export const IDLE = "no byte came or went";

/**
 * The first row that matches decides. Node gives codes (`ECONNREFUSED`), Deno sentences
 * (`Connection refused (os error 111)`).
 */
export const TROUBLES: readonly Trouble[] = [
  {
    pattern: new RegExp(IDLE),
    found: "it stopped answering",
    hint: "Check the registry and the way to it, and run the command again.",
    retry: false,
  },
  {
    pattern: /ECONNREFUSED|connection refused/i,
    found: "nothing listens there (connection refused)",
    hint: "Check the address, and that the registry runs.",
    retry: false,
  },
  {
    pattern: /ENOTFOUND|EAI_|dns error|lookup address/i,
    found: "its name cannot be looked up",
    hint: "Check how the host is spelt, and the name service.",
    retry: false,
  },
  {
    pattern: /EHOSTUNREACH|ENETUNREACH|unreachable/i,
    found: "there is no way to it (unreachable)",
    hint: "Check the address and the network.",
    retry: false,
  },
  {
    pattern: /InvalidContentType|WRONG_VERSION_NUMBER|packet length too long|EPROTO/i,
    found: "it does not speak TLS",
    hint: "If that registry is to be spoken to over plain http, set INSECURE=1.",
    retry: false,
  },
  {
    pattern: /certificate|UnknownIssuer|CERT_|SELF_SIGNED|self.signed/i,
    found: "its TLS certificate is not trusted",
    hint: "Give the authority that signed it: NODE_EXTRA_CA_CERTS on Node, DENO_CERT on Deno.",
    retry: false,
  },
  {
    pattern: /bad port|Requests to port/i,
    found: "web clients refuse that port",
    hint: "Have the registry listen on another one.",
    retry: false,
  },
  {
    pattern: /redirect/i,
    found: "it redirects the upload of a large blob, which is sent once",
    hint: "Tell those who run the registry.",
    retry: false,
  },
  {
    pattern: /ETIMEDOUT|UND_ERR_\w*TIMEOUT|timed out/i,
    found: "it did not answer in time",
    hint: "Check the address and the network.",
    retry: false,
  },
  {
    pattern:
      /ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|connection (reset|aborted|closed|error)|broken pipe|closed before|SendRequest|reading a body|unexpected (eof|end)|close_notify|terminated/i,
    found: "the connection broke",
    hint: "Run the command again.",
    retry: true,
  },
];

/** What kind of failure `error`, thrown by fetch, is. Undefined: none that is known. */
export function troubleOf(error: unknown): Trouble | undefined {
  const texts = textsOf(error);
  return TROUBLES.find(({ pattern }) => pattern.test(texts));
}

/**
 * What a request that got no answer is to the user. PauseErrors pass as they are: a redirect that
 * was refused, a source that could not be read.
 */
export function brokenConnection(transport: Transport, error: unknown): PauseError {
  if (error instanceof PauseError) return error;
  const { task, signal, secrets } = transport;
  if (signal?.aborted) {
    return new PauseError("interrupted", `Stopped while trying to ${task}.`, { cause: error });
  }
  const { found, hint } = troubleOf(error) ?? {
    found: "the connection failed",
    hint: "Run the command again.",
  };
  const detail = redacted(innermost(error), secrets);
  // The runtime's error quotes whole addresses, signed queries included.
  return new PauseError("registry", `Cannot ${task}: ${found}. ${hint}`, {
    cause: new Error(detail),
  });
}

/** What a source that broke while it was sent is to the user. PauseErrors pass as they are. */
export function brokenSource({ task }: Transport, error: unknown): PauseError {
  if (error instanceof PauseError) return error;
  return new PauseError(
    "storage",
    `Cannot ${task}: what was to be sent could not be read (${
      reason(error)
    }). Check where it comes from.`,
    { cause: error },
  );
}

function innermost(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? reason(error) : innermost(cause);
}

function textsOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 5) return String(error);
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  const more = [error.cause, ...(Array.isArray(errors) ? errors : [])];
  return [
    String(code ?? ""),
    error.message,
    ...more.filter((next) => next !== undefined).map((next) => textsOf(next, depth + 1)),
  ].join("\n");
}
