import type { ErrorCode } from "../../../error.ts";

/** A way in which a connection fails. */
export interface Trouble {
  /** What the texts of all runtimes have in common, over the error and its causes. */
  readonly pattern: RegExp;
  /** Missing: the error is one of ours, whose text says it. */
  readonly found?: string;
  readonly hint: string;
  /** Whether the next attempt may well succeed. */
  readonly retry: boolean;
  /** @default "registry" */
  readonly code?: ErrorCode;
}

// How the errors of our own making begin. What follows names who and what.
/** Nothing moves on a request. */
export const IDLE = "no byte came or went";
/** There is no connection yet. */
export const NO_CONNECTION = "there was no connection";
/** A request takes too long, though it moves. */
export const WHOLE = "it was not done";
export const BUDGET = "all retries of this command are used up:";
/** The environment names a proxy that cannot be used. */
export const PROXY_ODD = "there is no using the proxy";
export const PROXY_DOWN = "there is no getting to the proxy";
/** It is the proxy that refuses, not the registry. */
export const PROXY_SAYS = "the proxy";
export const PRIVATE = "the registry sends us into a private network, to";
export const BAD_CERTIFICATE = "the file";

const PROXY_HINT = "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.";

/**
 * The first row that matches decides. Ours come first: what they are about may be in their cause.
 * Node and Deno give the same codes for sockets, and each its own for TLS.
 */
export const TROUBLES: readonly Trouble[] = [
  {
    pattern: new RegExp(`^${BUDGET}`, "m"),
    hint: "The registry is in trouble; run the command again later.",
    retry: false,
  },
  {
    pattern: new RegExp(`^${IDLE}`, "m"),
    found: "it stopped answering",
    hint: "Check the registry and the way to it, and run the command again.",
    retry: false,
  },
  {
    pattern: new RegExp(`^${NO_CONNECTION}`, "m"),
    hint: "Check the address and the network, and whether there is a proxy between.",
    retry: false,
  },
  {
    pattern: new RegExp(`^${WHOLE}`, "m"),
    hint: "Give it more time, or look at the network.",
    retry: false,
  },
  {
    pattern: new RegExp(`^${PRIVATE}`, "m"),
    hint: "A registry of the open internet has no business there. Tell those who run it.",
    retry: false,
  },
  {
    pattern: new RegExp(`^${BAD_CERTIFICATE} ".*" cannot be used`, "m"),
    hint: "Put it right, or take it away.",
    retry: false,
    code: "storage",
  },
  { pattern: new RegExp(`^${PROXY_ODD}`, "m"), hint: PROXY_HINT, retry: false, code: "usage" },
  {
    pattern: new RegExp(`^${PROXY_SAYS} .* answered 407`, "m"),
    hint: "It wants a login: write it as http://user:password@host:port into HTTPS_PROXY.",
    retry: false,
    code: "authentication",
  },
  {
    pattern: new RegExp(`^${PROXY_SAYS} .* answered (429|50[234])`, "m"),
    hint: "It cannot reach the registry, or is busy. Run the command again later.",
    retry: true,
  },
  {
    pattern: new RegExp(`^${PROXY_SAYS} .* answered`, "m"),
    hint: `Ask those who run it to let you through. ${PROXY_HINT}`,
    retry: false,
  },
  { pattern: new RegExp(`^${PROXY_DOWN}`, "m"), hint: PROXY_HINT, retry: false },
  {
    pattern: /ECONNREFUSED/,
    found: "nothing listens there (connection refused)",
    hint: "Check the address, and that the registry runs.",
    retry: false,
  },
  {
    pattern: /EAI_AGAIN/,
    found: "the name service did not answer",
    hint: "Check the name service, and run the command again.",
    retry: true,
  },
  {
    pattern: /ENOTFOUND|EAI_|ENODATA/,
    found: "its name cannot be looked up",
    hint: "Check how the host is spelt, and the name service.",
    retry: false,
  },
  {
    pattern: /EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/,
    found: "there is no way to it (unreachable)",
    hint: "Check the address and the network.",
    retry: false,
  },
  {
    pattern: /WRONG_VERSION_NUMBER|packet length too long|InvalidContentType|EPROTO.*version/i,
    found: "it does not speak TLS",
    hint: "If that registry is to be spoken to over plain http, set INSECURE=1.",
    retry: false,
  },
  {
    pattern:
      /ALERT_(CERTIFICATE|BAD_CERT|UNKNOWN_CA|HANDSHAKE)|alert (certificate|bad|unknown ca)/i,
    found: "it wants another client certificate than ours, or any at all",
    hint: "Put NAME.cert and NAME.key into a certs.d folder of its host, or set CERT_DIR.",
    retry: false,
  },
  {
    pattern: /ALTNAME_INVALID|does not match certificate/i,
    found: "its TLS certificate is for another name",
    hint: "Check how the host is spelt.",
    retry: false,
  },
  {
    pattern: /CERT_(HAS_EXPIRED|NOT_YET_VALID)|certificate (has expired|is not yet valid)/i,
    found: "its TLS certificate has expired, or is not valid yet",
    hint: "Check this machine's clock, and tell those who run the registry.",
    retry: false,
  },
  {
    pattern: /certificate|UNABLE_TO_|CERT_|SELF_SIGNED/i,
    found: "its TLS certificate is not trusted",
    hint:
      // Deno says nothing else of one that has expired.
      "Put the authority that signed it as ca.crt into a certs.d folder of its host, or set CERT_DIR or SSL_CERT_FILE. If that is done, it may have expired.",
    retry: false,
  },
  {
    pattern: /HPE_HEADER_OVERFLOW/,
    found: "the headers of its answer are too long",
    hint: "Check that this is a registry.",
    retry: false,
  },
  {
    pattern: /HPE_(?!INVALID_EOF)|Parse Error/,
    found: "what it answered is no HTTP",
    hint: "Check that this is a registry.",
    retry: false,
  },
  {
    pattern: /ETIMEDOUT/,
    found: "it did not answer in time",
    hint: "Check the address and the network.",
    retry: false,
  },
  {
    pattern:
      /ECONNRESET|EPIPE|ECONNABORTED|HPE_INVALID_EOF|socket hang up|closed before|unexpected eof|premature/i,
    found: "the connection broke",
    hint: "Run the command again.",
    retry: true,
  },
];

/** What kind of failure `error`, thrown by a socket or by us, is. Undefined: none that is known. */
export function troubleOf(error: unknown): Trouble | undefined {
  const texts = textsOf(error);
  return TROUBLES.find(({ pattern }) => pattern.test(texts));
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
