import { type Ended, run } from "../../../host/process.ts";
import type { Found } from "./credentials.ts";
import { credentialOf } from "./entry.ts";
import type { Environment } from "./places.ts";

export interface HelperLimits {
  /** Milliseconds for a helper, which may have to ask a person or a server. @default 60_000 */
  readonly helperTimeout?: number;
  /** Ends a helper, at once. */
  readonly signal?: AbortSignal;
}

/**
 * Asks a credential helper for a login.
 *
 * @param name `pass` for docker-credential-pass
 * @param server the registry, as `docker login` files it
 * @param place where the helper is named, for messages
 */
export type AskHelper = (name: string, server: string, place: string) => Promise<Found>;

/** What helpers print, and exit with 1, when they have no login. */
const NOT_FOUND = "credentials not found in native keychain";

/** A login is some kilobytes at most. */
const MOST_OUTPUT = 256 * 1024;

/**
 * Makes what asks helpers. Each is asked once for a server, by whomever. The answer of one that does
 * not work is a note, which never shows what it printed: that may be half a password.
 *
 * @returns what throws nothing but PauseError `interrupted`
 * @see https://docs.docker.com/reference/cli/docker/login/#credential-helper-protocol
 */
export function helpers(
  env: Environment,
  { helperTimeout = 60_000, signal }: HelperLimits = {},
): AskHelper {
  const asked = new Map<string, Promise<Found>>();
  const environment = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
  );
  const ask = async (program: string, server: string, place: string): Promise<Found> => {
    const ended = await run([program, "get"], {
      input: server,
      env: environment,
      bounds: { time: helperTimeout, output: MOST_OUTPUT },
      ...(signal && { signal }),
    });
    const credential = ended.exitCode === 0 && !ended.exceeded
      ? credentialPrinted(ended.stdout)
      : undefined;
    if (credential !== undefined) return { credential, from: program };
    return { note: `${program}, which ${place} names, ${trouble(ended, server, helperTimeout)}.` };
  };
  return async (name, server, place) => {
    if (!/^\w[\w.-]*$/.test(name)) {
      return { note: `${place} names a credential helper that cannot be one.` };
    }
    const key = `${name} ${server}`;
    const answer = asked.get(key) ?? ask(`docker-credential-${name}`, server, place);
    asked.set(key, answer);
    return await answer;
  };
}

function credentialPrinted(stdout: string): Found["credential"] {
  try {
    const { Username, Secret } = JSON.parse(stdout);
    return credentialOf(Username, Secret);
  } catch {
    // The parser's message quotes the text.
    return undefined;
  }
}

function trouble({ exitCode, exceeded, stdout }: Ended, server: string, time: number): string {
  if (exceeded === "time") return `did not answer within ${time / 1000} s`;
  if (exceeded === "output") return "printed far more than a login";
  // Some print an end of line after it, some none.
  if (stdout.trim() === NOT_FOUND) return `has no login for ${server}`;
  if (exitCode === 127) return "is not installed";
  return exitCode === 0 ? "printed no login" : `failed with exit code ${exitCode}`;
}
