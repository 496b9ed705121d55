import { PauseError } from "../error.ts";
import { formatReference, parseReference, type Reference } from "../oci/reference.ts";
import { apiRoot } from "../store/registry/http/endpoint.ts";
import { openNetwork } from "../store/registry/http/network.ts";
import type { CredentialSource } from "../store/registry/login/credentials.ts";
import { dockerConfig } from "../store/registry/login/docker-config.ts";
import { openWallet } from "../store/registry/login/wallet.ts";
import type { RegistryOptions } from "../store/registry/registry.ts";
import type { Store } from "../store/store.ts";
import { foreignReader, type OpenForeign } from "./foreign.ts";
import { limited } from "./limits.ts";
import { type Loaded, loadImages, type LoadOptions } from "./load.ts";
import { type ManyOptions, type MirroredAll, mirrorPlaces } from "./many.ts";
import {
  type MirrorPlace,
  openPlaces,
  type Places,
  readDestination,
  readMirrorPlace,
} from "./place.ts";
import { type Saved, saveImages, type SaveOptions, type Saving } from "./save.ts";

/** How the registries of a command are spoken to. */
export interface NamedOptions {
  /** Speaks to the one host of the command that is not this machine without TLS. @default false */
  readonly plainHttp?: boolean;
  /** Where the certificates for registries are. @default CERT_DIR of the environment, else the usual places */
  readonly certDir?: string;
  /** For each host, > 0. @default no limit */
  readonly requestsPerSecond?: number;
  /** Whether foreign layers are fetched and sent. @default false */
  readonly includeForeign?: boolean;
  /** Where logins are looked up. @default the environment and docker's and podman's files */
  readonly credentials?: CredentialSource;
}

/**
 * Mirrors images between places that are named as users write them, see `readMirrorPlace`.
 *
 * @param source an image, or with `options.rules` a repository
 * @param destinations at least one
 * @throws PauseError `usage` for what is no place, or names an image where a repository is meant; as
 * `mirrorPlaces`
 */
export async function mirrorByName(
  source: string,
  destinations: readonly string[],
  options: Omit<ManyOptions, "foreign"> & NamedOptions = {},
): Promise<MirroredAll> {
  const from = readMirrorPlace(source);
  const to = destinations.map(readDestination);
  if (options.rules) requireUntagged([from, ...to], [source, ...destinations]);
  requireOneHost(options, [from, ...to]);
  const { places, foreign } = opened(options);
  return await mirrorPlaces(from, to, places, { ...options, ...foreign });
}

/** With rules the tags come from the source, and are the same everywhere. */
function requireUntagged(places: readonly MirrorPlace[], texts: readonly string[]): void {
  for (const [at, place] of places.entries()) {
    const named = place.kind === "files"
      ? place.place.tag
      : place.reference.tag ?? place.reference.digest;
    if (named === undefined) continue;
    throw new PauseError(
      "usage",
      `Cannot choose tags: "${texts[at]}" names one image. Leave out what follows the repository.`,
    );
  }
}

/**
 * "Without TLS" is said of the whole command: where there are several registries, nobody can tell
 * which one is meant, and the login of the other would go over the wire for all to read.
 */
function requireOneHost({ plainHttp = false }: NamedOptions, places: readonly MirrorPlace[]): void {
  const isMeant = (reference: Reference): boolean =>
    apiRoot(reference, true).protocol !== apiRoot(reference, false).protocol;
  const hosts = new Set(
    places.flatMap((place) =>
      place.kind === "registry" && isMeant(place.reference) ? [place.reference.host] : []
    ),
  );
  if (!plainHttp || hosts.size < 2) return;
  throw new PauseError(
    "usage",
    `Cannot leave out TLS: it is not said for which of ${
      [...hosts].join(", ")
    }. Write a sync file, with "plainHttp: true" below those that are meant.`,
  );
}

/**
 * Saves images of registries to an archive.
 *
 * @param images references with a tag, which they are loaded under
 * @throws PauseError `usage` for a name without a tag; as `saveImages`
 */
export async function saveByName(
  images: readonly string[],
  file: string,
  options: Omit<SaveOptions, "foreign"> & NamedOptions = {},
): Promise<Saved> {
  const sources = images.map((text) => [text, readMirrorPlace(text)] as const);
  requireOneHost(options, sources.map(([, place]) => place));
  const { places, foreign } = opened(options);
  const savings = await Promise.all(sources.map((source) => savingOf(...source, places)));
  return await saveImages(savings, file, { ...options, ...foreign });
}

async function savingOf(text: string, place: MirrorPlace, places: Places): Promise<Saving> {
  if (place.kind === "files") {
    throw new PauseError(
      "usage",
      `Cannot save "${text}": it is no image on a registry. "mirror" copies from files to files.`,
    );
  }
  const { store, ref, tag } = await places.source(place);
  if (tag === undefined) {
    throw new PauseError(
      "usage",
      `Cannot save "${text}": it has no tag that it could be loaded under. Write NAME:TAG@DIGEST.`,
    );
  }
  const { host, repository } = parseReference(store.name);
  return { store, ref, tag, repository: formatReference({ host, repository }) };
}

/**
 * Loads the images of an archive into a registry.
 * @param registry `HOST[:PORT][/PATH]`
 * @throws PauseError as `loadImages`
 */
export async function loadByName(
  file: string,
  registry: string,
  options: Omit<LoadOptions, "foreign"> & NamedOptions = {},
): Promise<Loaded> {
  const { places, foreign } = opened(options);
  const open = (reference: Reference): Store =>
    places.destination({ kind: "registry", reference }, "");
  return await loadImages(file, registry, open, { ...options, ...foreign });
}

/** What the registries of a command share: connections, limits and logins. */
function opened(
  { plainHttp = false, certDir, requestsPerSecond, includeForeign, credentials, signal }:
    & NamedOptions
    & { readonly signal?: AbortSignal },
): { readonly places: Places; readonly foreign: { readonly foreign?: OpenForeign } } {
  const open = openNetwork(certDir === undefined ? {} : { certDir });
  const network = requestsPerSecond === undefined
    ? open
    : limited(open, () => ({ requestsPerSecond }));
  const stops = signal && { signal };
  const shared = { network, ...stops };
  const wallet = openWallet({ credentials: credentials ?? dockerConfig(undefined, stops) });
  const options: RegistryOptions = { ...shared, plainHttp, wallet };
  return {
    places: openPlaces(options),
    foreign: includeForeign === true ? { foreign: foreignReader(shared) } : {},
  };
}
