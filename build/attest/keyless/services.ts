import { PauseError } from "../../error.ts";
import { isSafe } from "./token.ts";

/** Who is asked when something is signed keyless: addresses without a slash at the end. */
export interface Services {
  /** Gives certificates for identity tokens. */
  readonly fulcio: string;
  /** Keeps the log. */
  readonly rekor: string;
  /** Says what time it is, with its signature. Undefined: Rekor's word on the time is enough. */
  readonly timestamp?: string;
}

/** The public Sigstore. */
export const SIGSTORE: Services = {
  fulcio: "https://fulcio.sigstore.dev",
  rekor: "https://rekor.sigstore.dev",
};

/**
 * The services to use: the public Sigstore's where no others are named.
 *
 * @throws PauseError `usage` for what is no address, or one that is not https: an identity token
 * goes there
 */
export function servicesOf(named: Partial<Services>): Services {
  const { fulcio, rekor, timestamp } = named;
  return {
    fulcio: checked(fulcio ?? SIGSTORE.fulcio, "Fulcio"),
    rekor: checked(rekor ?? SIGSTORE.rekor, "Rekor"),
    ...(timestamp !== undefined && { timestamp: checked(timestamp, "the timestamp authority") }),
  };
}

function checked(address: string, who: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isPlain = url !== undefined && url.username + url.password + url.search + url.hash === "";
  if (isPlain && isSafe(url)) return url.href.replace(/\/+$/, "");
  throw new PauseError(
    "usage",
    `Cannot sign with ${who} at that address: it is not https, or has a login or a query. Write https://HOST.`,
  );
}
