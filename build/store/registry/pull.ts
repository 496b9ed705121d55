import type { Reference } from "../../oci/reference.ts";
import type { Store } from "../store.ts";
import { openNetwork } from "./http/network.ts";
import type { CredentialSource } from "./login/credentials.ts";
import { registryStore } from "./registry.ts";

/** How a registry is asked that nothing is sent to. */
export interface PullOptions {
  /** Speaks to a registry that is not this machine without TLS. @default false */
  readonly plainHttp?: boolean;
  /** A folder of certificates for registries. @default the system's places */
  readonly certDir?: string;
  /** Where logins are looked up. @default the environment and docker's and podman's files */
  readonly credentials?: CredentialSource;
  /** Gives up when it fires. */
  readonly signal?: AbortSignal;
}

/** A repository that is read from, and nothing else. */
export function openPull(
  reference: Reference,
  { plainHttp = false, certDir, credentials, signal }: PullOptions,
): Store {
  return registryStore(reference, {
    access: "pull",
    plainHttp,
    network: openNetwork(certDir === undefined ? {} : { certDir }),
    ...(credentials && { credentials }),
    ...(signal && { signal }),
  });
}
