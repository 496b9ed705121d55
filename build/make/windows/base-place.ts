import { resolve } from "node:path";
import type { MirrorPlace } from "../../mirror/place.ts";
import type { BasePlace } from "./edition-base.ts";
import type { Workshop } from "../workshop.ts";

/**
 * Opens the place of a base: a registry's, which is not asked yet, an OCI layout or an archive.
 * @throws PauseError `usage` for what names no image; what files throw
 */
export async function openBasePlace(
  { settings, directory, credentials, signal }: Workshop,
  reference: string,
): Promise<BasePlace> {
  // A run that builds nothing for Windows does without all of this.
  const { openPlaces, readMirrorPlace } = await import("../../mirror/place.ts");
  const { dockerConfig } = await import("../../store/registry/login/docker-config.ts");
  const { openNetwork } = await import("../../store/registry/http/network.ts");
  const { repository, plainHttp, certDir } = settings;
  const place = below(directory, readMirrorPlace(reference));
  const host = place.kind === "registry" ? place.reference.host : undefined;
  const isOwn = host !== undefined && host === repository?.host;
  const { store, ref } = await openPlaces({
    // INSECURE is said of REGISTRY, and of nobody else.
    plainHttp: plainHttp && isOwn,
    credentials: credentials ??
      dockerConfig(undefined, { signal, ...(repository && { ownHost: repository.host }) }),
    network: openNetwork(certDir === undefined ? {} : { certDir }),
    signal,
  }).source(place);
  return { store, ref, lends: place.kind === "registry" };
}

function below(directory: string, place: MirrorPlace): MirrorPlace {
  if (place.kind === "registry") return place;
  return { ...place, place: { ...place.place, path: resolve(directory, place.place.path) } };
}

/** The digest that a reference ends with, if it does. */
export function digestIn(reference: string): string | undefined {
  return /@(sha\d+:\w+)$/.exec(reference)?.[1];
}
