import { Buffer } from "node:buffer";
import { PauseError } from "../../../error.ts";
import type { Credential } from "./credentials.ts";
import { isLoopback } from "../http/endpoint.ts";
import { answerError } from "../failure.ts";
import { shownAddress } from "../http/redaction.ts";
import { follow } from "../http/redirect.ts";
import { retrying } from "../http/retry.ts";
import { type Answer, readUpTo, type Transport } from "../http/transport.ts";
import { brokenConnection } from "../http/trouble.ts";

/** Where a token is had, and what it is to be good for. */
export interface TokenRequest {
  /** The registry that wants the token. */
  readonly registry: URL;
  /** Its host as `docker login` knows it. */
  readonly host: string;
  readonly realm: string;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
}

/** Tokens are some kilobytes; what is longer is none. */
const LONGEST_ANSWER = 256 * 1024;

/** The Authorization of a user and a password. Adds what it holds to `secrets`. */
export function basic({ username, password }: Credential, secrets: Set<string>): string {
  const encoded = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  secrets.add(password).add(encoded);
  return `Basic ${encoded}`;
}

/**
 * Gets a token for the scopes, with the credential or anonymously.
 *
 * @returns the Authorization to send to the registry
 * @throws PauseError `authentication` when the token server refuses, or may not be trusted with a
 * login; `registry` when it cannot be reached or gives no token
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export async function bearer(
  request: TokenRequest,
  credential: Credential | undefined,
  transport: Transport,
): Promise<string> {
  const realm = trustedRealm(request, transport);
  const url = tokenAddress(realm, request);
  const login = credential && basic(credential, transport.secrets);
  const answer = await ask(url, login, transport);
  if (answer.status !== 200) {
    throw await answerError(transport, answer, {
      who: `the token server ${shownAddress(realm)}`,
      loggedIn: credential !== undefined,
      host: request.host,
    });
  }
  const token = tokenIn(await readUpTo(answer.body, LONGEST_ANSWER));
  if (token === undefined) {
    throw new PauseError(
      "registry",
      `Cannot ${transport.task}: the token server ${
        shownAddress(realm)
      } answered without a token. Tell those who run the registry.`,
    );
  }
  transport.secrets.add(token);
  return `Bearer ${token}`;
}

async function ask(url: URL, login: string | undefined, transport: Transport): Promise<Answer> {
  const { retry, signal } = transport;
  const send = (): Promise<Answer> =>
    follow(
      { method: "GET", url },
      transport,
      ({ origin }) => origin === url.origin ? login : undefined,
    );
  try {
    return await retrying(retry, signal, send);
  } catch (error) {
    throw brokenConnection({
      ...transport,
      task: `${transport.task} (at ${url.host}, its token server)`,
    }, error);
  }
}

/**
 * Who may be sent a login is not for a registry to say alone: the realm must be reached by https,
 * or be on the same host as a registry that is itself spoken to without TLS.
 */
function trustedRealm({ realm, registry }: TokenRequest, { task }: Transport): URL {
  const url = URL.canParse(realm, registry) ? new URL(realm, registry) : undefined;
  if (url?.protocol === "https:") return withoutLogin(url);
  if (url?.protocol === "http:" && registry.protocol === "http:" && isNeighbour(url, registry)) {
    return withoutLogin(url);
  }
  throw new PauseError(
    "authentication",
    `Cannot ${task}: the registry wants logins to go to "${
      url === undefined ? "nowhere" : shownAddress(url)
    }", which is not https. Tell those who run the registry.`,
  );
}

function isNeighbour(realm: URL, registry: URL): boolean {
  return realm.hostname === registry.hostname ||
    isLoopback(realm.hostname) && isLoopback(registry.hostname);
}

function withoutLogin(url: URL): URL {
  url.username = "";
  url.password = "";
  return url;
}

function tokenAddress(realm: URL, { service, scopes }: TokenRequest): URL {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  return url;
}

/** Only what can stand in a header is a token: fetch quotes others in its error. */
function tokenIn(bytes: Uint8Array): string | undefined {
  try {
    const answer = JSON.parse(new TextDecoder().decode(bytes));
    const token: unknown = answer?.token || answer?.access_token;
    return typeof token === "string" && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}
