import { apiRoot } from "../../store/registry/http/endpoint.ts";
import { type Network, openNetwork } from "../../store/registry/http/network.ts";
import type { CredentialSource } from "../../store/registry/login/credentials.ts";
import { dockerConfig } from "../../store/registry/login/docker-config.ts";
import { openWallet } from "../../store/registry/login/wallet.ts";
import { type RegistryOptions, registryStore } from "../../store/registry/registry.ts";
import type { RetryRules } from "../../store/registry/http/transport.ts";
import type { Repository } from "../../oci/reference.ts";
import type { Store } from "../../store/store.ts";
import { limited, type Limits, shareOf } from "../limits.ts";
import { type CredentialOptions, credentialsOf } from "./credentials.ts";
import type { SyncFile } from "./file.ts";
import type { SyncStores } from "./items.ts";
import type { Shard } from "./shard.ts";

/** How the registries of a sync file are spoken to, beyond what it says itself. */
export interface RegistriesOptions {
  /** For every host of which the file says nothing, and at most this for the others. @default none */
  readonly requestsPerSecond?: number;
  /** One of several processes: it takes its share of the limits. @default the only one */
  readonly shard?: Shard;
  /** For hosts whose login the file does not tell. @default as the environment says */
  readonly credentials?: CredentialSource;
  /** Ends everything in good order. */
  readonly signal?: AbortSignal;
  /** What else the stores have in common. */
  readonly registry?: { readonly retry?: RetryRules };
}

export interface StoresOptions extends RegistriesOptions, CredentialOptions {}

/** The registries of a sync file. */
export interface OpenStores extends SyncStores {
  /** Keeps the limits of the file. */
  readonly network: Network;
}

/**
 * Opens the registries of a sync file, with the limits and logins that it gives them.
 * @throws PauseError `usage`, `storage` when a login that the file refers to cannot be had
 */
export async function openSyncStores(file: SyncFile, options: StoresOptions): Promise<OpenStores> {
  const { environment: env, signal } = options;
  const credentials = options.credentials ?? dockerConfig(env, signal && { signal });
  const logins = await credentialsOf(file, options);
  const limits = limitsOf(file, options);
  const network = limited(openNetwork({ env }), limits);
  const common: RegistryOptions = {
    ...options.registry,
    network,
    wallet: openWallet({ credentials }),
    ...(signal && { signal }),
  };
  const opened = new Map<string, Store>();
  const open = (access: "pull" | "push") => ({ host, repository }: Repository): Store => {
    const key = `${access} ${host}/${repository}`;
    const credentials = logins.get(host);
    const store = opened.get(key) ?? registryStore({ host, repository }, {
      ...common,
      access,
      plainHttp: file.registries.get(host)?.plainHttp ?? false,
      ...(credentials && { credentials }),
    });
    opened.set(key, store);
    return store;
  };
  return { network, source: open("pull"), destination: open("push") };
}

/** The limits of a host, by its address: Docker Hub's API has another name than its images. */
function limitsOf(
  { registries }: SyncFile,
  { requestsPerSecond: most = Infinity, shard }: StoresOptions,
): (host: string) => Limits | undefined {
  const byAddress = new Map(
    [...registries].map(([host, entry]) =>
      [apiRoot({ host, repository: "any" }, entry.plainHttp ?? false).host, entry] as const
    ),
  );
  return (address) => {
    const entry: Limits = byAddress.get(address) ?? {};
    const rate = Math.min(most, entry.requestsPerSecond ?? Infinity);
    const limits: Limits = {
      ...(entry.concurrency !== undefined && { concurrency: entry.concurrency }),
      ...(rate < Infinity && { requestsPerSecond: rate }),
    };
    return shareOf(limits, shard?.count ?? 1);
  };
}
