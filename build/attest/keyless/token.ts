import { Buffer } from "node:buffer";
import { PauseError } from "../../error.ts";
import { readIfThere } from "../../host/files.ts";
import { type Fields, isFields, readObject } from "../../oci/json.ts";
import { isLoopback } from "../../store/registry/http/endpoint.ts";
import { shownAddress } from "../../store/registry/http/redaction.ts";
import { askService } from "../../store/registry/http/service.ts";
import type { Environment } from "../../store/registry/http/trust.ts";

/** Says who runs this, by the word of an issuer that Fulcio knows. */
export interface IdentityToken {
  /** The token itself, a secret: whoever has it can sign in this name. */
  readonly text: string;
  /** Whom it is about, as it says. */
  readonly subject: string;
  /** Whose word it is. */
  readonly issuer: string;
}

export interface TokenOptions {
  /** A file that holds a token. @default what the environment has */
  readonly file?: string;
  /** @default process.env, for whoever has no other */
  readonly environment: Environment;
  readonly signal?: AbortSignal;
  /** Milliseconds since 1970. @default now */
  readonly now?: () => number;
}

/** For whom tokens are, in Sigstore. */
const AUDIENCE = "sigstore";

const TASK = "sign as whoever runs this";

/**
 * Finds an identity token: in the user's file, in SIGSTORE_ID_TOKEN, or at the runner of GitHub
 * Actions, in this order.
 *
 * @throws PauseError `authentication` when there is none, it is no token, or it has expired;
 * `registry` when the runner does not answer; `storage`; `interrupted`
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
export async function identityToken(options: TokenOptions): Promise<IdentityToken> {
  const { file, environment, now = Date.now } = options;
  const { SIGSTORE_ID_TOKEN: given, ACTIONS_ID_TOKEN_REQUEST_URL: address } = environment;
  if (file !== undefined) return readToken(await textOf(file), `the token in ${file}`, now());
  if (given) return readToken(given, "the token in SIGSTORE_ID_TOKEN", now());
  if (address) return readToken(await askRunner(address, options), "the runner's token", now());
  const inActions = environment.GITHUB_ACTIONS === "true";
  throw noToken(
    "there is no identity token",
    inActions
      ? 'Give the job "permissions: id-token: write"; workflows of forks get none.'
      : "Set SIGSTORE_ID_TOKEN, or name a file with --identity-token; or sign with a key.",
  );
}

function noToken(found: string, next: string, cause?: unknown): PauseError {
  return new PauseError(
    "authentication",
    `Cannot ${TASK}: ${found}. ${next}`,
    cause === undefined ? {} : { cause },
  );
}

async function textOf(file: string): Promise<string> {
  const bytes = await readIfThere(file);
  if (bytes !== undefined) return new TextDecoder().decode(bytes);
  throw noToken(`there is no file ${file}`, "Correct --identity-token.");
}

async function askRunner(
  address: string,
  { environment, signal }: TokenOptions,
): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret = "" } = environment;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !isSafe(url)) {
    throw noToken("ACTIONS_ID_TOKEN_REQUEST_URL is no address with https", "Look at the runner.");
  }
  url.searchParams.set("audience", AUDIENCE);
  const { status, bytes } = await askService(
    { method: "GET", url, headers: { accept: "application/json" } },
    { task: TASK, authorization: `Bearer ${secret}`, ...(signal && { signal }) },
  );
  const value = status === 200 ? valueIn(bytes) : undefined;
  if (value !== undefined) return value;
  throw noToken(
    `the runner answered ${status} at ${shownAddress(url)}, and no token`,
    "Run the job again.",
  );
}

function valueIn(bytes: Uint8Array): string | undefined {
  const { value } = readObject(bytes, "runner's answer", "Run the job again.");
  return typeof value === "string" ? value : undefined;
}

/** Whether nobody on the way can read what goes to an address. */
export function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

/**
 * Reads what a token says, without believing it: that is Fulcio's to check. What it would refuse is
 * refused before anything is sent, and no message quotes the token.
 */
function readToken(text: string, what: string, now: number): IdentityToken {
  const token = text.trim();
  const claims = claimsOf(token);
  if (claims === undefined) {
    throw noToken(`${what} is no token of OpenID Connect`, "Ask its issuer for a new one.");
  }
  const { iss: issuer, sub, email, email_verified: isVerified, exp } = claims;
  if (typeof exp === "number" && exp * 1000 <= now) {
    const ended = new Date(exp * 1000).toISOString();
    throw noToken(
      `${what} expired at ${ended}`,
      `By this machine's clock it is ${
        new Date(now).toISOString()
      }: ask for a new token, or set the clock.`,
    );
  }
  if (email !== undefined && isVerified !== true) {
    throw noToken(`${what} has a mail address that its issuer did not verify`, "Verify it there.");
  }
  const subject = email ?? sub;
  if (typeof issuer === "string" && typeof subject === "string") {
    return { text: token, subject, issuer };
  }
  throw noToken(`${what} does not say who it is about`, "Ask its issuer for a new one.");
}

/** @see https://www.rfc-editor.org/rfc/rfc7519#section-3 */
function claimsOf(token: string): Fields | undefined {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token) ?? [];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return isFields(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}
