import { PauseError } from "../../../error.ts";
import type { Circumstances } from "../failure.ts";
import type { Transport } from "../http/transport.ts";
import type { Credential, CredentialSource, Found } from "./credentials.ts";
import { dockerConfig } from "./docker-config.ts";
import { covers } from "./scope.ts";
import { fetchToken } from "./token.ts";
import type { Given } from "./token-answer.ts";
import type { TokenRequest } from "./token-request.ts";

/** What requests carry, and for how long it can be relied on. */
export interface Held {
  readonly authorization: string;
  /** The scopes that it was asked for with. */
  readonly scopes: readonly string[];
  /** When to get another, in milliseconds by the wallet's clock. */
  readonly until: number;
  /** How it was asked for. Missing: there is no other to be had. */
  readonly request?: TokenRequest;
}

/** How the stores of one command that are on the same repository are logged in. */
export interface State {
  /** The login, once the registry has asked. */
  looked?: Promise<Found>;
  /** What messages may say about it. */
  found?: Found;
  /** What the latest token was asked for with. */
  scopes: readonly string[];
  /** Waits for a login under way. */
  latest: Promise<Held | undefined>;
}

/** What has been asked for. */
interface Asked {
  readonly scopes: readonly string[];
  readonly held: Promise<Held>;
  /** {@link held}, once it is there. */
  now?: Held;
}

/** What the stores of one command share, so that each need not log in by itself. Never written anywhere. */
export interface Wallet {
  /** Passwords and tokens in use. No message holds one of them. */
  readonly secrets: Set<string>;
  /** The tokens that were asked for, by {@link keyOf}. */
  readonly tokens: Map<string, Asked[]>;
  /** The tokens that token servers gave in place of ours, by the same. */
  readonly replaced: Map<string, string>;
  readonly states: WeakMap<CredentialSource, Map<string, State>>;
  /** Where logins are looked up by stores that have no other source. */
  readonly credentials: CredentialSource;
  /** Milliseconds from any moment on. */
  readonly now: () => number;
}

export interface WalletOptions {
  /** @default the environment and docker's and podman's files, see {@link dockerConfig} */
  readonly credentials?: CredentialSource;
  /** The clock, in milliseconds from any moment on. @default performance.now */
  readonly now?: () => number;
}

/** Opens an empty wallet, for one command. */
export function openWallet(options: WalletOptions = {}): Wallet {
  const { credentials = dockerConfig(), now = () => performance.now() } = options;
  return {
    secrets: new Set(),
    tokens: new Map(),
    replaced: new Map(),
    states: new WeakMap(),
    credentials,
    now,
  };
}

/** The state of those who look for the login of `place` (registry and repository) in `source`. */
export function stateIn(wallet: Wallet, source: CredentialSource, place: string): State {
  const states = wallet.states.get(source) ?? new Map<string, State>();
  wallet.states.set(source, states);
  const state = states.get(place) ?? { scopes: [], latest: Promise.resolve(undefined) };
  states.set(place, state);
  return state;
}

/** A request for a token, with who asks for it. */
export interface Asking {
  readonly request: TokenRequest;
  readonly credential: Credential | undefined;
  readonly transport: Transport;
  readonly circumstances: Circumstances;
}

/**
 * A token that is good for the scopes: one that is there or under way, else a new one.
 *
 * @param refused an Authorization that the registry does not take (any more)
 * @throws PauseError as {@link fetchToken} does
 */
export async function tokenFrom(
  wallet: Wallet,
  asking: Asking,
  refused: string | undefined,
): Promise<Held> {
  const { scopes } = asking.request;
  const key = keyOf(asking);
  const good = (wallet.tokens.get(key) ?? []).filter(({ now, scopes: has }) =>
    now === undefined || now.until > wallet.now() &&
      !(now.authorization === refused && covers(has, scopes))
  );
  const known = good.find(({ scopes: has }) => covers(has, scopes));
  if (known !== undefined) return await known.held;
  const asked: Asked = { scopes, held: fetchHeld(wallet, asking, key) };
  wallet.tokens.set(key, [...good, asked]);
  try {
    return asked.now = await asked.held;
  } catch (error) {
    wallet.tokens.set(key, (wallet.tokens.get(key) ?? []).filter((other) => other !== asked));
    throw error;
  }
}

/** Whether it is time to get another. */
export function isOver({ now }: Wallet, { until }: Held): boolean {
  return until <= now();
}

function keyOf({ request: { registry, realm, service }, credential }: Asking): string {
  return JSON.stringify([registry.origin, realm, service, credential]);
}

/** Milliseconds before its end, or a tenth of its life, at which a token counts as over. */
const MARGIN = 10_000;

async function fetchHeld(wallet: Wallet, asking: Asking, key: string): Promise<Held> {
  const { request, credential } = asking;
  const start = wallet.now();
  const { token, life, refreshToken } = await fetchGiven(wallet, asking, key);
  // A password is good for any scope; what a server gives for it may be good for the first alone.
  if (refreshToken !== undefined && credential !== undefined && "identityToken" in credential) {
    wallet.replaced.set(key, refreshToken);
  }
  return {
    authorization: `Bearer ${token}`,
    scopes: request.scopes,
    until: start + life - Math.min(MARGIN, life / 10),
    request,
  };
}

/** Asks with the token that the server gave in place of ours, and with ours when that one is not enough. */
async function fetchGiven(wallet: Wallet, asking: Asking, key: string): Promise<Given> {
  const { request, credential, transport, circumstances } = asking;
  const identityToken = wallet.replaced.get(key);
  if (identityToken !== undefined) {
    try {
      const replaced = { ...credential, identityToken };
      return await fetchToken(request, replaced, transport, circumstances);
    } catch (error) {
      if (!(error instanceof PauseError) || error.code !== "authentication") throw error;
      // It may be narrower than ours. @see https://github.com/regclient/regclient/issues/153
      wallet.replaced.delete(key);
    }
  }
  return await fetchToken(request, credential, transport, circumstances);
}
