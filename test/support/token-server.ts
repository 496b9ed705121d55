import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject, randomUUID, sign, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What docker-registry has to be told about a token server. */
export interface TokenAuth {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** The file of the certificate whose key signs the tokens. */
  readonly rootcertbundle: string;
}

export interface TokenServer extends TokenAuth {
  /** Every token that was given out, refresh tokens included. */
  readonly tokens: readonly string[];
  /** How each was asked for: `GET pause repository:k8s/pause:pull,push`, or `GET - …` without a login. */
  readonly log: readonly string[];
}

export interface TokenServerOptions {
  readonly username: string;
  readonly password: string;
  /** PEM files: an elliptic key on P-256, and a certificate of it. */
  readonly key: string;
  readonly certificate: string;
  /** Seconds for which a token is good. @default 300 */
  readonly lifetime?: number;
}

interface Desk {
  readonly options: TokenServerOptions;
  readonly key: KeyObject;
  /** The certificate in DER and base64. */
  readonly chain: string;
  readonly tokens: string[];
  readonly log: string[];
  readonly refresh: string;
}

const SERVICE = "docker-registry of the tests";
const ISSUER = "token server of the tests";

/**
 * Gives `use` a token server for docker-registry on 127.0.0.1, and ends it afterwards. Without a
 * login its tokens are good for pulling; with one, for all that is asked for.
 *
 * @see https://distribution.github.io/distribution/spec/auth/jwt/
 */
export async function withTokenServer<T>(
  options: TokenServerOptions,
  use: (server: TokenServer) => Promise<T>,
): Promise<T> {
  const desk: Desk = {
    options,
    key: createPrivateKey(await readFile(options.key, "utf8")),
    chain: new X509Certificate(await readFile(options.certificate)).raw.toString("base64"),
    tokens: [],
    log: [],
    refresh: `refresh-${randomUUID()}`,
  };
  const server = createServer((request, response) => {
    answer(desk, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  try {
    const { certificate: rootcertbundle } = options;
    const { tokens, log } = desk;
    return await use({ realm, service: SERVICE, issuer: ISSUER, rootcertbundle, tokens, log });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** GET as the token specification has it, POST as its OAuth2 one. */
async function answer(
  desk: Desk,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { searchParams } = new URL(request.url ?? "/", "http://token.server");
  const isPost = request.method === "POST";
  const asked = isPost ? await formOf(request) : searchParams;
  const login = isPost ? loginInForm(desk, asked) : loginInHeader(desk, request);
  const scopes = asked.getAll("scope").flatMap((scope) => scope.split(" ")).filter(Boolean);
  desk.log.push(
    [request.method, login === "known" ? desk.options.username : "-", ...scopes].join(" "),
  );
  if (login === "wrong" || asked.get("service") !== SERVICE) {
    return send(response, 401, { errors: [{ code: "UNAUTHORIZED", message: "wrong password" }] });
  }
  const token = tokenFor(desk, scopes, login === "known");
  const { lifetime = 300 } = desk.options;
  desk.tokens.push(token, desk.refresh);
  send(response, 200, {
    [isPost ? "access_token" : "token"]: token,
    expires_in: lifetime,
    issued_at: new Date().toISOString(),
    ...(asked.get("access_type") === "offline" && { refresh_token: desk.refresh }),
  });
}

type Login = "known" | "nobody" | "wrong";

function loginInHeader({ options }: Desk, { headers: { authorization } }: IncomingMessage): Login {
  if (authorization === undefined) return "nobody";
  const expected = Buffer.from(`${options.username}:${options.password}`).toString("base64");
  return authorization === `Basic ${expected}` ? "known" : "wrong";
}

function loginInForm({ options, refresh }: Desk, form: URLSearchParams): Login {
  const isKnown = form.get("grant_type") === "refresh_token"
    ? form.get("refresh_token") === refresh
    : form.get("username") === options.username && form.get("password") === options.password;
  return isKnown ? "known" : "wrong";
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

function tokenFor(
  { key, chain, options: { username, lifetime = 300 } }: Desk,
  scopes: readonly string[],
  isKnown: boolean,
): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: ISSUER,
    sub: isKnown ? username : "",
    aud: SERVICE,
    exp: now + lifetime,
    nbf: now - 5,
    iat: now,
    jti: randomUUID(),
    access: scopes.map((scope) => accessTo(scope, isKnown)),
  };
  const parts = [{ typ: "JWT", alg: "ES256", x5c: [chain] }, claims].map(encoded).join(".");
  const signature = sign("sha256", Buffer.from(parts), { key, dsaEncoding: "ieee-p1363" });
  return `${parts}.${signature.toString("base64url")}`;
}

/** The name may have colons, the actions have none. */
function accessTo(scope: string, isKnown: boolean): unknown {
  const [, type, name, actions = ""] = /^([^:]*):(.*):([^:]*)$/.exec(scope) ?? [];
  const granted = actions.split(",").filter((action) => isKnown || action === "pull");
  return { type, name, actions: granted };
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}
