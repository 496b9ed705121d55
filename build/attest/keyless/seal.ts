import type { Seal } from "../sign/seal.ts";
import { type Services, servicesOf } from "./services.ts";
import { keylessSigner } from "./signer.ts";
import { identityToken, type TokenOptions } from "./token.ts";

export interface KeylessSealOptions extends TokenOptions {
  /** @default by {@link VARIABLES}, else the public Sigstore's */
  readonly services?: Partial<Services>;
}

/** The variables that name services, for those who run their own. */
const VARIABLES = {
  fulcio: "SIGSTORE_FULCIO_URL",
  rekor: "SIGSTORE_REKOR_URL",
  timestamp: "SIGSTORE_TIMESTAMP_URL",
} as const;

function namedIn(environment: TokenOptions["environment"]): Partial<Services> {
  const entries = Object.entries(VARIABLES).flatMap(([service, variable]) => {
    const address = environment[variable];
    return address ? [[service, address] as const] : [];
  });
  return Object.fromEntries(entries);
}

/**
 * Opens a seal that signs as whoever an identity token is about. The token is asked for at once, and
 * again whenever a certificate is needed: nothing is begun in the name of somebody who has none.
 *
 * @throws PauseError `usage` for services that cannot be asked; what {@link identityToken} throws
 */
export async function keylessSeal(options: KeylessSealOptions): Promise<Seal> {
  const { signal } = options;
  const services = servicesOf({ ...namedIn(options.environment), ...options.services });
  await identityToken(options);
  const { sign } = keylessSigner({
    services,
    token: () => identityToken(options),
    ...(signal && { signal }),
  });
  // Another certificate signs each time: what is there already is by another key.
  return { sign, has: () => false };
}
