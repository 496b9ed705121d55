import type { Repository } from "../../../oci/reference.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { CredentialSource, Found } from "./credentials.ts";
import { type Access, scopesFor } from "./scope.ts";
import { basic, bearer } from "./token.ts";
import type { Transport } from "../http/transport.ts";

/** How one store proves who it is, learned from the registry's first refusal and used from then on. */
export interface Login {
  /** The Authorization that requests to the registry carry now. Waits for a login under way. */
  current(): Promise<string | undefined>;

  /**
   * Answers a challenge. Requests that were refused together log in once.
   *
   * @param header the value of WWW-Authenticate
   * @param refused the Authorization that the refused request carried
   * @returns another Authorization to try; undefined when there is none
   */
  answer(header: string | null, refused: string | undefined): Promise<string | undefined>;

  /** What was found to log in with. Undefined before the registry asked. */
  found(): Found | undefined;
}

export interface LoginOptions {
  readonly repository: Repository;
  readonly access: Access;
  /** The root of the registry's API. */
  readonly registry: URL;
  readonly credentials: CredentialSource;
  readonly transport: Transport;
}

/** Sets up the login of one store. Asks nobody anything yet. */
export function loginTo(options: LoginOptions): Login {
  const { repository, access, registry, credentials, transport } = options;
  const answers = new Map<string, Promise<string | undefined>>();
  let latest: Promise<string | undefined> = Promise.resolve(undefined);
  let found: Found | undefined;
  let scopes: readonly string[] = [];

  async function logIn(challenges: readonly Challenge[]): Promise<string | undefined> {
    found ??= await credentials(repository);
    const { credential } = found;
    const wanted = challenges.find(({ scheme }) => scheme === "bearer") ??
      challenges.find(({ scheme }) => scheme === "basic");
    if (wanted?.scheme === "basic") return credential && basic(credential, transport.secrets);
    const { realm, service, scope } = wanted?.parameters ?? {};
    if (realm === undefined) return undefined;
    const wider = scopesFor(repository, access, scope, scopes);
    const request = { registry, host: repository.host, realm, service, scopes: wider };
    const authorization = await bearer(request, credential, transport);
    scopes = wider;
    return authorization;
  }

  return {
    current: () => latest,
    found: () => found,
    async answer(header, refused) {
      const key = `${refused}\n${header}`;
      const known = answers.get(key);
      const renewed = known ?? logIn(parseChallenges(header ?? ""));
      if (known === undefined) {
        answers.set(key, renewed);
        // A login that fails (a mount from where we may not read) leaves the one before in use.
        const before = latest;
        latest = renewed.catch(() => before);
      }
      const authorization = await renewed;
      return authorization === refused ? undefined : authorization;
    },
  };
}
