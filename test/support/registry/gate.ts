import { type Answered, type Asked, failure } from "./answer.ts";
import type { Routed } from "./route.ts";
import { isUser, type TokenHabits, tokenServer } from "./token-server.ts";

export interface GateOptions extends TokenHabits {
  readonly scheme: "basic" | "bearer";
  /** Whether reading needs no login (with `bearer`: an anonymous token). @default false */
  readonly publicPull?: boolean;
  /** Replaces the header that asks for a login. */
  readonly challenge?: (usual: string) => string;
  /** The answer to a token that is good for less than what is asked for. @default 401, as to no token */
  readonly insufficient?: 401 | 403;
  /** The path of the token server. @default "/token" */
  readonly realm?: string;
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

function refused({ challenge = (usual) => usual }: GateOptions, usual: string): Answered {
  const answer = failure(401, "UNAUTHORIZED", "authentication required");
  return { ...answer, headers: { ...answer.headers, "www-authenticate": challenge(usual) } };
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
  const server = tokenServer(options, SERVICE);
  const { insufficient = 401, realm = "/token" } = options;
  return {
    token: server.answer,
    check(asked, routed) {
      const scopes = scopesNeeded(asked, routed);
      const outcome = server.admits(asked.headers.authorization, scopes);
      if (outcome === "yes") return undefined;
      const error = outcome === "less" ? `,error="insufficient_scope"` : "";
      const answer = refused(
        options,
        `Bearer realm="${elsewhere()}${realm}",service="${SERVICE}",scope="${
          scopes.join(" ")
        }"${error}`,
      );
      return outcome === "less" ? { ...answer, status: insufficient } : answer;
    },
  };
}

function scopesNeeded(asked: Asked, { name }: Routed): string[] {
  const own = `repository:${name}:${isReading(asked) ? "pull" : "pull,push"}`;
  const from = asked.query.get("from");
  return from === null ? [own] : [own, `repository:${from}:pull`];
}
