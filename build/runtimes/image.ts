import { PauseError } from "../error.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, parseReference, type Reference } from "../oci/reference.ts";
import type { CredentialSource } from "../store/registry/login/credentials.ts";

/** The image that a runtime shall use. */
export interface Image {
  /** `HOST/PATH` */
  readonly name: string;
  readonly reference: Reference;
  /** What it is to be named by: its digest, and only without one its tag. */
  readonly pinned: string;
  readonly tag?: string;
  readonly digest?: Digest;
  /** The registry is spoken to without TLS. */
  readonly plainHttp: boolean;
}

/** How registries are reached. */
export interface AskOptions {
  /** Asks no registry. @default false */
  readonly offline?: boolean;
  /** Speaks to a host that is not this machine without TLS. @default false */
  readonly plainHttp?: boolean;
  /** A folder of certificates for registries. @default the system's places */
  readonly certDir?: string;
  /** Where logins are looked up. @default the environment and docker's and podman's files */
  readonly credentials?: CredentialSource;
  /** Gives up when it fires. */
  readonly signal?: AbortSignal;
}

/**
 * Reads the name of an image, and asks its registry for the digest if it has none. A name with both
 * is written with the digest alone: CRI-O takes no name with both, and containerd compares such a
 * name as text with what it has made of it, and so never pins the image.
 *
 * @throws PauseError `usage` for what is no name, or is no image on that registry; what the registry
 * answers otherwise
 * @see https://github.com/containerd/containerd/issues/13314
 */
export async function pinImage(text: string, options: AskOptions = {}): Promise<Image> {
  const reference = parseReference(text);
  const digest = reference.digest ??
    (options.offline ? undefined : await askDigest(reference, options));
  if (digest === undefined && !options.offline) {
    throw new PauseError(
      "usage",
      `Cannot pin ${
        formatReference(reference)
      }: its registry has no such image. Name one that it has, or keep the tag with --offline.`,
    );
  }
  const { host, repository } = reference;
  const tag = reference.tag ?? (reference.digest === undefined ? "latest" : undefined);
  return {
    name: `${host}/${repository}`,
    reference,
    pinned: formatReference(
      digest === undefined ? { ...reference, ...(tag && { tag }) } : { host, repository, digest },
    ),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
    plainHttp: options.plainHttp ?? false,
  };
}

/**
 * The digest that a registry has for a name, or undefined when it has none such.
 * @throws PauseError what the registry answers, and when it does not
 */
export async function askDigest(
  reference: Reference,
  options: AskOptions,
): Promise<Digest | undefined> {
  // Whoever asks nothing does not load the client.
  const { openPull } = await import("../store/registry/pull.ts");
  const store = openPull(reference, options);
  const found = await store.resolve(reference.digest ?? reference.tag ?? "latest");
  return found?.digest;
}
