import type {
  Credential,
  CredentialSource,
} from "../../../build/store/registry/login/credentials.ts";
import { type RegistryOptions, registryStore } from "../../../build/store/registry/registry.ts";
import { RETRY } from "../../../build/store/registry/http/retry.ts";
import type { RetryRules } from "../../../build/store/registry/http/transport.ts";
import type { Store } from "../../../build/store/store.ts";
import type { TestRegistry } from "../../support/registry.ts";

/** The rules in use, without the waits. */
export const IMPATIENT: RetryRules = { ...RETRY, firstDelay: 1 };

export const REPOSITORY = "k8s/pause";

/** A store on the test registry: nobody's own login file is read, and retries follow at once. */
export function openStore(
  { host }: Pick<TestRegistry, "host">,
  options: RegistryOptions = {},
  repository: string = REPOSITORY,
): Store {
  return registryStore({ host, repository }, {
    credentials: anonymous,
    retry: IMPATIENT,
    ...options,
  });
}

export const anonymous: CredentialSource = () => Promise.resolve({});

export function known(credential: Credential): CredentialSource {
  return () => Promise.resolve({ credential });
}
