import { Buffer } from "node:buffer";
import type { Credential, UserCredential } from "./credentials.ts";

/** The user that `docker login` gives to a token. @see https://docs.docker.com/reference/cli/docker/login/#credential-helper-protocol */
const TOKEN_USER = "<token>";

/** What is sent as it is; runtimes quote other values in the error for a bad header. */
const FITS_HEADER = /^[\x21-\x7e]+$/;

/**
 * What an entry of `auths` holds. A token for the registry is used before one for the token server,
 * and that before a password, which `docker login` leaves empty beside it.
 */
export function credentialIn(entry: unknown): Credential | undefined {
  const { auth, username, password, identitytoken, registrytoken } = Object(entry) as Readonly<
    Record<string, unknown>
  >;
  const user = isText(auth) ? decoded(auth) : { username, password };
  if (isText(registrytoken) && FITS_HEADER.test(registrytoken)) {
    return { registryToken: registrytoken };
  }
  if (isText(identitytoken)) {
    const whose = isText(user?.username) && user.username !== TOKEN_USER
      ? { username: user.username }
      : {};
    return { identityToken: identitytoken, ...whose };
  }
  return user && credentialOf(user.username, user.password);
}

/** The credential of a user and a password, unless one of them is missing. */
export function credentialOf(username: unknown, password: unknown): Credential | undefined {
  if (!isText(username) || !isText(password)) return undefined;
  return username === TOKEN_USER ? { identityToken: password } : { username, password };
}

/** `auth` is the base64 of `user:password`; only the password may have colons. */
function decoded(auth: string): UserCredential | undefined {
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon <= 0) return undefined;
  // docker pads some passwords with NUL.
  const password = text.slice(colon + 1).replace(/^\0+|\0+$/g, "");
  return { username: text.slice(0, colon), password };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
