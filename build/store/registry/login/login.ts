import type { Repository } from "../../../oci/reference.ts";
import { redacted } from "../http/redaction.ts";
import type { Transport } from "../http/transport.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { CredentialSource, Found } from "./credentials.ts";
import { type Access, scopesFor } from "./scope.ts";
import { basic, keepSecret } from "./secrets.ts";
import type { TokenRequest } from "./token-request.ts";
import { type Held, isOver, type State, stateIn, tokenFrom, type Wallet } from "./wallet.ts";

/** How one store proves who it is, learned from the registry's first refusal and used from then on. */
export interface Login {
  /**
   * The Authorization that requests to the registry carry now. Waits for a login under way, and
   * renews a token that is about to end.
   */
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
  /** Shared with the other stores of the command. */
  readonly wallet: Wallet;
  readonly transport: Transport;
}

/** Sets up the login of one store. Asks nobody anything yet. */
export function loginTo(options: LoginOptions): Login {
  const { repository, registry, credentials, wallet } = options;
  const state = stateIn(wallet, credentials, registry.href + repository.repository);
  /** A login that fails (a mount from where we may not read) leaves the one before in use. */
  const use = (renewed: Promise<Held | undefined>): void => {
    const before = state.latest;
    state.latest = renewed.then((held) => held ?? before, () => before);
  };
  return {
    found: () => state.found,
    async current() {
      const held = await state.latest;
      if (held?.request !== undefined && isOver(wallet, held)) {
        use(getToken(options, state, held.request));
      }
      return (await state.latest)?.authorization;
    },
    async answer(header, refused) {
      const renewed = logIn(options, state, parseChallenges(header ?? ""), refused);
      use(renewed);
      const held = await renewed;
      return held?.authorization === refused ? undefined : held?.authorization;
    },
  };
}

async function logIn(
  options: LoginOptions,
  state: State,
  challenges: readonly Challenge[],
  refused: string | undefined,
): Promise<Held | undefined> {
  const { repository, access, registry, credentials, transport } = options;
  const looked = await (state.looked ??= credentials(repository));
  if (looked.credential !== undefined) keepSecret(looked.credential, transport.secrets);
  state.found = looked;
  const chosen = choose(challenges, looked);
  if ("why" in chosen) {
    // It names the schemes that the registry wants, in the registry's words.
    const why = chosen.why && redacted(chosen.why, transport.secrets);
    state.found = why === undefined ? {} : { note: why };
    return undefined;
  }
  if ("authorization" in chosen) return { ...chosen, scopes: [], until: Infinity };
  const { realm, service, scope } = chosen;
  const scopes = scopesFor(repository, access, scope, state.scopes);
  return await getToken(options, state, { registry, realm, service, scopes }, refused);
}

async function getToken(
  { repository: { host }, wallet, transport }: LoginOptions,
  state: State,
  request: TokenRequest,
  refused?: string,
): Promise<Held> {
  const { credential, from, note } = state.found ?? {};
  const circumstances = { loggedIn: credential !== undefined, host, from, note };
  const held = await tokenFrom(wallet, { request, credential, transport, circumstances }, refused);
  state.scopes = request.scopes;
  return held;
}

/** What to send, where to get it, or why there is nothing to send. */
type Chosen =
  | { readonly authorization: string }
  | {
    readonly realm: string;
    readonly service: string | undefined;
    readonly scope: string | undefined;
  }
  | { readonly why: string | undefined };

/** Bearer goes before Basic, whatever their order; other schemes are not ours. */
function choose(challenges: readonly Challenge[], { credential, from, note }: Found): Chosen {
  const bearers = challenges.filter(({ scheme }) => scheme === "bearer");
  const asksForBasic = challenges.some(({ scheme }) => scheme === "basic");
  if (bearers.length > 0 && credential !== undefined && "registryToken" in credential) {
    return { authorization: `Bearer ${credential.registryToken}` };
  }
  for (const { parameters: { realm, service, scope } } of bearers) {
    if (realm !== undefined) return { realm, service, scope };
  }
  if (!asksForBasic) return { why: unknownWay(challenges) };
  if (credential === undefined) return { why: note };
  if ("password" in credential) {
    return { authorization: basic(credential.username, credential.password) };
  }
  return {
    why: `The login from ${from} is a token, but the registry wants a user and a password.`,
  };
}

function unknownWay(challenges: readonly Challenge[]): string {
  const schemes = [...new Set(challenges.map(({ scheme }) => scheme))].join(", ");
  return schemes === ""
    ? "The registry does not say how to log in."
    : `The registry wants a login by ${schemes}, in a way that is not known here.`;
}
