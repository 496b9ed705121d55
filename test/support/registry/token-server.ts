import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { type Answered, type Asked, failure, json } from "./answer.ts";

/** How token servers differ from each other. */
export interface TokenHabits {
  readonly username: string;
  readonly password: string;
  /** Whether anybody may read. @default false */
  readonly publicPull?: boolean;
  /** How many requests a token is good for. @default without end */
  readonly tokenUses?: number;
  /** The token of the user that gets others by POST. @default none */
  readonly identityToken?: string;
  /** Whether that one is good for one use, and each answer has the next. @default false */
  readonly rotates?: boolean;
  /** The scopes beyond which a token that was given in place of the first is not good. @default any */
  readonly narrow?: readonly string[];
  /** The answers to methods that it does not know. @default 404 to POST, unless there is an identity token */
  readonly unknownMethods?: Readonly<Partial<Record<string, number>>>;
  /** What goes into each answer in place of `token` and `expires_in`. */
  readonly answer?: (token: string) => Readonly<Record<string, unknown>>;
  /** Hears of every request. */
  readonly onAsked?: (asked: Asked) => void;
}

export interface TokenServer {
  answer(asked: Asked): Answered;
  /** Whether a request with that Authorization may go on: `less` when its token is a good one, but not for this. */
  admits(authorization: unknown, scopes: readonly string[]): "yes" | "less" | "no";
}

interface Token {
  readonly granted: ReadonlySet<string>;
  uses: number;
}

/** What a token server keeps in mind. */
interface Desk {
  readonly habits: TokenHabits;
  readonly tokens: Map<string, Token>;
  /** The latest token that was given in place of the user's. */
  replaced?: string;
}

/**
 * Gives tokens by GET with Basic and by POST as OAuth2 has it.
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 */
export function tokenServer(habits: TokenHabits, service: string): TokenServer {
  const { unknownMethods = habits.identityToken === undefined ? { POST: 404 } : {} } = habits;
  const desk: Desk = { habits, tokens: new Map() };
  return {
    answer(asked) {
      habits.onAsked?.(asked);
      const unknown = unknownMethods[asked.method];
      if (unknown !== undefined) return failure(unknown, "UNSUPPORTED");
      const form = new URLSearchParams(new TextDecoder().decode(asked.body));
      const named = asked.method === "POST" ? form.get("service") : asked.query.get("service");
      if (named !== service) return failure(400, "SERVICE");
      return asked.method === "POST" ? byPost(desk, form) : byGet(desk, asked);
    },
    admits(authorization, scopes) {
      const token = desk.tokens.get(/^Bearer (.*)$/.exec(String(authorization))?.[1] ?? "");
      if (token === undefined || token.uses <= 0) return "no";
      if (!scopes.flatMap(rightsOf).every((right) => token.granted.has(right))) return "less";
      token.uses--;
      return "yes";
    },
  };
}

function byGet(desk: Desk, asked: Asked): Answered {
  const known = isUser(asked, desk.habits);
  const isOurs = known || asked.headers.authorization === undefined;
  if (!isOurs) return failure(401, "UNAUTHORIZED", "incorrect username or password");
  return grant(desk, known, asked.query.getAll("scope"));
}

function byPost(desk: Desk, form: URLSearchParams): Answered {
  const { username, password } = desk.habits;
  const scopes = (form.get("scope") ?? "").split(" ");
  if (form.get("grant_type") !== "password") return byRefresh(desk, form, scopes);
  const known = form.get("username") === username && form.get("password") === password;
  return known ? grant(desk, true, scopes) : json(401, { error: "invalid_grant" });
}

function byRefresh(desk: Desk, form: URLSearchParams, scopes: readonly string[]): Answered {
  const { identityToken, rotates = false, narrow } = desk.habits;
  const given = form.get("refresh_token");
  const isFirst = given === identityToken && !(rotates && desk.replaced !== undefined);
  if (!isFirst && given !== desk.replaced) return json(401, { error: "invalid_grant" });
  if (!isFirst && scopes.some((scope) => narrow?.includes(scope) === false)) {
    return json(401, { error: "invalid_scope" });
  }
  if (!rotates && narrow === undefined) return grant(desk, true, scopes);
  desk.replaced = `refresh-${randomBytes(6).toString("hex")}`;
  return grant(desk, true, scopes, { refresh_token: desk.replaced });
}

function grant(
  { habits, tokens }: Desk,
  known: boolean,
  scopes: readonly string[],
  more: object = {},
): Answered {
  const granted = scopes.flatMap(rightsOf)
    .filter((right) => known || habits.publicPull && right.endsWith(":pull"));
  const token = `token-${randomBytes(12).toString("hex")}`;
  tokens.set(token, { granted: new Set(granted), uses: habits.tokenUses ?? Infinity });
  const { answer = (token) => ({ token, expires_in: 300 }) } = habits;
  return json(200, { ...answer(token), ...more });
}

/** Whether the Authorization is that of the user. */
export function isUser(
  asked: Asked,
  { username, password }: Pick<TokenHabits, "username" | "password">,
): boolean {
  const expected = Buffer.from(`${username}:${password}`).toString("base64");
  return asked.headers.authorization === `Basic ${expected}`;
}

function rightsOf(scope: string): string[] {
  const colon = scope.lastIndexOf(":");
  return scope.slice(colon + 1).split(",").map((action) => `${scope.slice(0, colon)}:${action}`);
}
