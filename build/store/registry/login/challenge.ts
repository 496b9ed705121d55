import type { Answer } from "../http/transport.ts";

/** One way in which a server asks who we are. */
export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** The parameters, their names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** A quoted string; one whose end is missing goes to the end of the header. */
const QUOTED = '"((?:[^"\\\\]|\\\\.)*)(?:"|$)';
const PARAMETER = new RegExp(`^[\\s,]*(${TOKEN})\\s*=\\s*(?:${QUOTED}|([^\\s,"]*))`, "s");
const SCHEME = new RegExp(`^[\\s,]*(${TOKEN})(?=$|[\\s,])`);
/** What stands in place of parameters in schemes that are not ours (Negotiate). */
const TOKEN68 = /^\s+[\w~+/.-]+=*(?=\s*(?:,|$))/;

/**
 * Reads the value of WWW-Authenticate, several challenges in one header included. Registries send
 * values without quotes, commas inside quotes, and schemes in any letter case.
 *
 * @returns the challenges in their order; what cannot be read is left out
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.www-authenticate
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: Challenge[] = [];
  let rest = header;
  for (;;) {
    const [start, scheme] = SCHEME.exec(rest) ?? [];
    if (start === undefined || scheme === undefined) return challenges;
    const read = parseParameters(rest.slice(start.length).replace(TOKEN68, ""));
    challenges.push({ scheme: scheme.toLowerCase(), parameters: read.parameters });
    rest = read.rest;
  }
}

function parseParameters(
  text: string,
): { readonly parameters: Record<string, string>; readonly rest: string } {
  const parameters: Record<string, string> = {};
  let rest = text;
  for (;;) {
    const match = PARAMETER.exec(rest);
    if (match === null) return { parameters, rest };
    const [all, name = "", quoted, plain = ""] = match;
    parameters[name.toLowerCase()] ??= quoted?.replace(/\\(.)/gs, "$1") ?? plain;
    rest = rest.slice(all.length);
  }
}

/**
 * Whether an answer asks for a login, or for a better one. Some registries say so with 403 when a
 * token is good for less than was asked for.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3.1
 */
export function asksForLogin({ status, headers }: Pick<Answer, "status" | "headers">): boolean {
  if (status !== 403) return status === 401;
  return parseChallenges(headers.get("www-authenticate") ?? "").some(({ scheme, parameters }) =>
    scheme === "bearer" && parameters.error === "insufficient_scope"
  );
}
