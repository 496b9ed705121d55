import type { Repository } from "../../../oci/reference.ts";

/** A user and a password, or a token that goes by in place of one. */
export interface UserCredential {
  /** As the registry knows the user. */
  readonly username: string;
  /** A password, or a token that the registry takes for one. */
  readonly password: string;
}

/** A token with which token servers give out others. Registries themselves take none. */
export interface IdentityToken {
  /** What the token server gives tokens for. */
  readonly identityToken: string;
  /** Whose it is, if that is known. */
  readonly username?: string;
}

/** A token for the registry itself, as it is. */
export interface RegistryToken {
  /** What is sent to the registry as it is. */
  readonly registryToken: string;
}

/** What a registry lets somebody in by. */
export type Credential = UserCredential | IdentityToken | RegistryToken;

/** What is known about how to log in to a repository. */
export interface Found {
  /** Missing: go on without. */
  readonly credential?: Credential;
  /** Where the credential is from, for messages: `/home/me/.docker/config.json`. */
  readonly from?: string;
  /** Why there is none although one might be expected, for the message when the registry insists. */
  readonly note?: string;
}

/** Finds the login for a repository. Asked only when its registry wants one. */
export type CredentialSource = (repository: Repository) => Promise<Found>;
