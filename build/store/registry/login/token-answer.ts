/** What a token server gave. */
export interface Given {
  readonly token: string;
  /** Milliseconds from when it was asked for that the token can be relied on. */
  readonly life: number;
  /** What to ask with from now on, if the server says so. */
  readonly refreshToken?: string;
}

/** Seconds; what a token server that says nothing or less means. @see https://distribution.github.io/distribution/spec/auth/token/#token-response-fields */
const SHORTEST_LIFE = 60;

/**
 * Reads the answer of a token server.
 *
 * @param date its Date header: `issued_at` is by the server's clock, which need not agree with ours
 * @returns undefined when there is no token in it, or one that cannot stand in a header
 */
export function readGiven(bytes: Uint8Array, date: string | null): Given | undefined {
  const { token, access_token, expires_in, issued_at, refresh_token } = fieldsOf(bytes);
  const found = [token, access_token].find(isToken);
  if (found === undefined) return undefined;
  const life = Math.max(SHORTEST_LIFE, Number(expires_in) || 0) * 1000;
  return {
    token: found,
    life: life - ageOf(issued_at, date, life),
    ...(isToken(refresh_token) && { refreshToken: refresh_token }),
  };
}

/** Milliseconds for which a token that a server keeps for several askers has been in use. */
function ageOf(issued: unknown, date: string | null, life: number): number {
  const age = Date.parse(date ?? "") - Date.parse(String(issued));
  // Beyond its life, one of the two clocks is wrong: a token that is given out is a good one.
  return age > 0 && age < life ? age : 0;
}

function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}

function fieldsOf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return {};
  }
}
