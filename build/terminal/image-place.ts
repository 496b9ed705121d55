import { PauseError } from "../error.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, splitDigest } from "../oci/reference.ts";
import type { Store } from "../store/store.ts";

/** An image that is to be read, with what hangs on it. */
export interface ImagePlace {
  readonly store: Store;
  /** A tag or a digest. */
  readonly ref: string;
  /** The name of the image with a digest: what can be deployed just as it was looked at. */
  readonly pin: (digest: Digest) => string;
}

/** How a registry is spoken to. */
export interface Connection {
  readonly plainHttp: boolean;
  readonly certDir?: string;
  readonly signal: AbortSignal;
}

/**
 * Opens an image that a user named, to read it. A list of referrers that the registry does not vouch
 * for is none.
 *
 * @throws PauseError `usage` for what is no name, for several images in files and no tag that says
 * which, and for archives of `docker load`, where nothing hangs on images; what files throw
 */
export async function openImagePlace(image: string, connection: Connection): Promise<ImagePlace> {
  const { certDir, ...rest } = connection;
  const { openPlaces, readMirrorPlace } = await import("../mirror/place.ts");
  const { openNetwork } = await import("../store/registry/http/network.ts");
  const network = openNetwork(certDir === undefined ? {} : { certDir });
  const places = openPlaces({ ...rest, strictAbsence: true, network });
  const { name, ...pinned } = splitDigest(image);
  const place = readMirrorPlace(name);
  if (place.kind === "registry") {
    const { host, repository } = place.reference;
    const reference = { ...place.reference, ...pinned };
    const { store, ref } = await places.source({ ...place, reference });
    return { store, ref, pin: (digest) => formatReference({ host, repository, digest }) };
  }
  const { form, path } = place.place;
  if (form === "docker-archive") {
    throw new PauseError(
      "usage",
      `Cannot use ${image}: nothing hangs on images in an archive for "docker load". Name where the image is from.`,
    );
  }
  const { store, ref } = pinned.digest === undefined
    ? await places.source(place)
    : { ...await places.repository(place), ref: pinned.digest };
  return { store, ref, pin: (digest) => `${form}:${path}@${digest}` };
}
