import { entryName } from "./config.ts";
import type { CredentialSource, UserCredential } from "./credentials.ts";
import { dockerConfig, type LookUpOptions } from "./docker-config.ts";
import { credentialOf } from "./entry.ts";

/** A login that the caller hands over, for one registry. */
export interface GivenLogin extends UserCredential {
  /** The registry's `host[:port]`. No other one gets it. */
  readonly host: string;
  /** Where it is from, for messages: `the input "password"`. */
  readonly from: string;
}

/**
 * Logins of which one is given by the caller; the others are those that {@link dockerConfig} finds.
 * It is kept in memory alone: in no file, and in no environment that programs we start would get.
 *
 * @returns a source that throws nothing but PauseError `interrupted`
 */
export function withGiven(login: GivenLogin, options: LookUpOptions = {}): CredentialSource {
  const others = dockerConfig(undefined, options);
  const host = entryName(login.host);
  const credential = credentialOf(login.username, login.password);
  return (repository) =>
    credential !== undefined && repository.host.toLowerCase() === host
      ? Promise.resolve({ credential, from: login.from })
      : others(repository);
}
