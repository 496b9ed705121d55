import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { type Answered, type Asked, failure, json } from "./answer.ts";
import type { Routed } from "./route.ts";

export interface GateOptions {
  readonly scheme: "basic" | "bearer";
  readonly username: string;
  readonly password: string;
  /** Whether reading needs no login (with `bearer`: an anonymous token). @default false */
  readonly publicPull?: boolean;
  /** How many requests a token is good for. @default without end */
  readonly tokenUses?: number;
  /** Replaces the header that asks for a login. */
  readonly challenge?: (usual: string) => string;
}

/** Who may do what. */
export interface Gate {
  /** The refusal of a request that may not go on, or undefined. */
  check(asked: Asked, routed: Routed): Answered | undefined;
  /** The token server. */
  token(asked: Asked): Answered;
}

export const SERVICE = "test registry";

export function gate(options: GateOptions | undefined, elsewhere: () => string): Gate {
  if (options === undefined) {
    return {
      check: () => undefined,
      token: () => failure(404, "UNKNOWN"),
    };
  }
  return options.scheme === "basic" ? basicGate(options) : bearerGate(options, elsewhere);
}

function isUser(asked: Asked, { username, password }: GateOptions): boolean {
  const expected = Buffer.from(`${username}:${password}`).toString("base64");
  return asked.headers.authorization === `Basic ${expected}`;
}

function refused(options: GateOptions, challenge: string): Answered {
  const { challenge: changed = (usual) => usual } = options;
  const answer = failure(401, "UNAUTHORIZED", "authentication required");
  return { ...answer, headers: { ...answer.headers, "www-authenticate": changed(challenge) } };
}

function basicGate(options: GateOptions): Gate {
  return {
    check(asked) {
      if (isUser(asked, options)) return undefined;
      if (options.publicPull && isReading(asked)) return undefined;
      return refused(options, `Basic realm="${SERVICE}"`);
    },
    token: () => failure(404, "UNKNOWN"),
  };
}

function isReading({ method }: Asked): boolean {
  return method === "GET" || method === "HEAD";
}

function bearerGate(options: GateOptions, elsewhere: () => string): Gate {
  const tokens = new Map<string, { granted: ReadonlySet<string>; uses: number }>();
  const grant = (asked: Asked): Answered => {
    const known = isUser(asked, options);
    if (!known && asked.headers.authorization !== undefined) {
      return failure(401, "UNAUTHORIZED", "incorrect username or password");
    }
    const granted = asked.query.getAll("scope").flatMap(rightsOf)
      .filter((right) => known || options.publicPull && right.endsWith(":pull"));
    const token = `token-${randomBytes(12).toString("hex")}`;
    tokens.set(token, { granted: new Set(granted), uses: options.tokenUses ?? Infinity });
    return json(200, { token, expires_in: 300 });
  };
  return {
    token: (asked) =>
      asked.query.get("service") === SERVICE ? grant(asked) : failure(400, "SERVICE"),
    check(asked, routed) {
      const scopes = scopesNeeded(asked, routed);
      const token = /^Bearer (.*)$/.exec(String(asked.headers.authorization))?.[1] ?? "";
      const held = tokens.get(token);
      const enough = scopes.flatMap(rightsOf).every((right) => held?.granted.has(right));
      if (held !== undefined && enough && held.uses-- > 0) return undefined;
      const scope = scopes.join(" ");
      return refused(
        options,
        `Bearer realm="${elsewhere()}/token",service="${SERVICE}",scope="${scope}"`,
      );
    },
  };
}

function scopesNeeded(asked: Asked, { name }: Routed): string[] {
  const own = `repository:${name}:${isReading(asked) ? "pull" : "pull,push"}`;
  const from = asked.query.get("from");
  return from === null ? [own] : [own, `repository:${from}:pull`];
}

function rightsOf(scope: string): string[] {
  const colon = scope.lastIndexOf(":");
  return scope.slice(colon + 1).split(",").map((action) => `${scope.slice(0, colon)}:${action}`);
}
