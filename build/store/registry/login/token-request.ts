import type { Outgoing } from "../http/transport.ts";
import type { Credential } from "./credentials.ts";
import { basic } from "./secrets.ts";

/** Where a token is had, and what it is to be good for. */
export interface TokenRequest {
  /** The root of the registry that wants the token. */
  readonly registry: URL;
  readonly realm: string;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
}

/** One way to ask for a token. */
export interface Way {
  readonly request: Outgoing;
  /** The Authorization for the realm's own origin. */
  readonly authorization?: string;
  /** The answers after which the next way is tried. */
  readonly passOn: readonly number[];
}

/** The server does not know the method: 404 as the specification says, others in fact. */
const UNKNOWN_METHOD = [404, 405, 501];

/**
 * A token that was asked for by POST is asked for by GET after these, too: token servers that know
 * no OAuth2 are known to answer 400 and 401. A redirected POST would take the token along.
 * @see https://github.com/containerd/containerd/blob/main/core/remotes/docker/authorizer.go
 */
const NO_OAUTH2 = [...UNKNOWN_METHOD, 400, 401, 301, 302, 303, 307, 308];

/**
 * The ways to ask for a token, in the order in which to try them: by POST with a token of our own,
 * by GET with a password or with nothing, which every token server knows.
 *
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function waysToAsk(
  realm: URL,
  request: TokenRequest,
  credential: Credential | undefined,
  clientId: string,
): readonly [Way, ...Way[]] {
  const byGet = get(realm, request);
  const byPost = (grant: Grant): Outgoing => post(realm, request, clientId, grant);
  if (credential === undefined || "registryToken" in credential) {
    return [{ request: byGet, passOn: [] }];
  }
  if ("identityToken" in credential) {
    const { identityToken, username = "" } = credential;
    const grant = { grant_type: "refresh_token", refresh_token: identityToken };
    const authorization = basic(username, identityToken);
    return [
      { request: byPost(grant), passOn: NO_OAUTH2 },
      { request: byGet, authorization, passOn: [] },
    ];
  }
  const { username, password } = credential;
  return [
    { request: byGet, authorization: basic(username, password), passOn: UNKNOWN_METHOD },
    { request: byPost({ grant_type: "password", username, password }), passOn: [] },
  ];
}

type Grant = Readonly<Record<string, string>>;

function get(realm: URL, { service, scopes }: TokenRequest): Outgoing {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  return { method: "GET", url };
}

function post(
  url: URL,
  { service, scopes }: TokenRequest,
  clientId: string,
  grant: Grant,
): Outgoing {
  const form = new URLSearchParams({
    ...grant,
    ...(service !== undefined && { service }),
    ...(scopes.length > 0 && { scope: scopes.join(" ") }),
    client_id: clientId,
  });
  return {
    method: "POST",
    url,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    payload: new TextEncoder().encode(form.toString()),
  };
}
