import process from "node:process";
import type { Digest } from "../../oci/digest.ts";
import { referrer } from "../../oci/document.ts";
import type { Repository } from "../../oci/reference.ts";
import type { Store } from "../store.ts";
import { getBlob, hasBlob } from "./blobs.ts";
import type { CredentialSource } from "./login/credentials.ts";
import { dockerConfig } from "./login/docker-config.ts";
import { apiRoot } from "./http/endpoint.ts";
import { remove } from "./deletion.ts";
import { fallbackLists } from "./fallback.ts";
import { listTags } from "./listings.ts";
import { getManifest, resolve } from "./manifests.ts";
import { listReferrers } from "./referrers.ts";
import { storeManifest } from "./store-manifest.ts";
import { type Network, openNetwork } from "./http/network.ts";
import { RETRY } from "./http/retry.ts";
import type { Place } from "./places.ts";
import type { Access } from "./login/scope.ts";
import { openWallet, type Wallet } from "./login/wallet.ts";
import { type Session, sessionWith } from "./session.ts";
import type { RetryRules } from "./http/transport.ts";
import { mount, upload } from "./uploads.ts";

export interface RegistryOptions {
  /** `pull` asks for the right to read only, which public repositories give to everyone. @default "push" */
  readonly access?: Access;
  /** Speaks to a host that is not this machine without TLS. @default false */
  readonly plainHttp?: boolean;
  /**
   * Takes a manifest for missing, and a list of referrers for empty, only where the registry says so
   * as the specification has it; anything else is an error. @default false: registries are known that
   * say it otherwise
   */
  readonly strictAbsence?: boolean;
  /** Asked when the registry wants a login. @default the wallet's */
  readonly credentials?: CredentialSource;
  /**
   * The logins and tokens that the stores of one command share.
   * @default one of its own, with the logins that {@link dockerConfig} finds
   */
  readonly wallet?: Wallet;
  /** Ends what is under way, at once. */
  readonly signal?: AbortSignal;
  /** @default "pause-image" */
  readonly userAgent?: string;
  /** @default {@link RETRY} */
  readonly retry?: RetryRules;
  /**
   * Bytes of a chunk, of a blob that cannot be sent in one request. As much of each such blob is in
   * memory at once. @default 16 MiB
   */
  readonly chunkSize?: number;
  /** What the stores of one command share. @default one of its own */
  readonly network?: Network;
  /** Milliseconds for a connection: name, proxy and TLS included. @default 30_000 */
  readonly connectTimeout?: number;
  /** Milliseconds without a byte after which a request counts as failed. @default 60_000 */
  readonly idleTimeout?: number;
  /** Milliseconds for a request with its answer, body included. @default no limit */
  readonly wholeTimeout?: number;
}

/** The sessions of the stores made here: how a store knows that another is its neighbour. */
const SESSIONS: WeakMap<Store, Session> = new WeakMap();

/**
 * A repository on a registry as a store. Nothing is sent before the first call, and no call is
 * preceded by a ping: the first refusal teaches what login the registry wants.
 *
 * Its functions throw PauseErrors: `registry` when the registry is down or refuses,
 * `authentication`, `verification` when what it says and what it sends differ, `interrupted`.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
 */
export function registryStore(repository: Repository, options: RegistryOptions = {}): Store {
  const session = openSession(repository, options);
  /** Places to upload to that were given in place of a mount. */
  const begun = new Map<Digest, Place>();
  const list = fallbackLists(session);

  const store: Store = {
    name: `${repository.host}/${repository.repository}`,
    complete: true,
    resolve: (ref) => resolve(session, ref),
    getManifest: (ref) => getManifest(session, ref),
    async putManifest(manifest, tags) {
      const found = referrer(manifest);
      const known = await storeManifest(session, manifest, tags);
      if (found && !known) await list(found.subject, { add: found.descriptor });
    },
    hasBlob: (blob) => hasBlob(session, blob),
    getBlob: (blob) => getBlob(session, blob),
    async putBlob(blob, open) {
      const place = begun.get(blob.digest);
      begun.delete(blob.digest);
      const { chunkSize: chunk } = options;
      await upload(session, blob, open, {
        ...(place && { begun: place }),
        ...(chunk && { chunk }),
      });
    },
    async mountBlob(blob, from) {
      const neighbour = SESSIONS.get(from);
      if (neighbour?.root.origin !== session.root.origin) return false;
      const outcome = await mount(session, blob, neighbour.repository);
      if (outcome !== undefined && outcome !== true) begun.set(blob.digest, outcome);
      return outcome === true;
    },
    async *tags() {
      yield* await listTags(session);
    },
    referrers: (digest, artifactType) => listReferrers(session, digest, artifactType),
    delete: (ref) => remove(session, ref, list),
    commit: () => Promise.resolve(),
    abandon: () => Promise.resolve(),
  };
  SESSIONS.set(store, session);
  return store;
}

function openSession(repository: Repository, options: RegistryOptions): Session {
  const { access = "push", plainHttp = false, strictAbsence = false, signal } = options;
  const wallet = options.wallet ??
    openWallet({ credentials: dockerConfig(process.env, { ...(signal && { signal }) }) });
  const registry = apiRoot(repository, plainHttp);
  const session = sessionWith({
    repository,
    access,
    registry,
    credentials: options.credentials ?? wallet.credentials,
    wallet,
    transport: {
      task: `${access} ${repository.host}/${repository.repository}`,
      userAgent: options.userAgent ?? "pause-image",
      registry,
      network: options.network ?? openNetwork(),
      connectTimeout: options.connectTimeout ?? 30_000,
      idleTimeout: options.idleTimeout ?? 60_000,
      ...(options.wholeTimeout !== undefined && { wholeTimeout: options.wholeTimeout }),
      retry: options.retry ?? RETRY,
      signal,
      secrets: wallet.secrets,
    },
  });
  return { ...session, strictAbsence };
}
