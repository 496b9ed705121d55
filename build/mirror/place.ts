import { resolve } from "node:path";
import { PauseError } from "../error.ts";
import { parseReference, type Reference } from "../oci/reference.ts";
import { openPlace, type Place, readPlace } from "../store/place.ts";
import { type RegistryOptions, registryStore } from "../store/registry/registry.ts";
import type { Store } from "../store/store.ts";
import { fileRepository, fileSource, type Repository, type Source } from "./file-source.ts";

/** Where images come from or go to: a registry, or files of this machine. */
export type MirrorPlace =
  | { readonly kind: "registry"; readonly reference: Reference }
  | { readonly kind: "files"; readonly place: Place };

/** Other tools' places, and the way from there to here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "docker-daemon": 'Run "docker save NAME -o FILE.tar" and write oci-archive:FILE.tar.',
  "containers-storage":
    'Run "podman save --format oci-archive -o FILE.tar NAME" and write oci-archive:FILE.tar.',
  containerd: 'Run "ctr image export FILE.tar NAME" and write oci-archive:FILE.tar.',
  dir: 'Run "skopeo copy --all dir:DIR oci:DIR:TAG" and write oci:DIR:TAG.',
  ocidir: "Write oci:DIR[:TAG].",
  file: "Write oci:DIR[:TAG] or oci-archive:FILE.",
};

/** The names of compressed archives, with a tag or without. */
const COMPRESSED = /\.(t[gx]z|tar\.(gz|xz|zst|bz2))(:[^/:]*)?$/;

/**
 * Reads what a user wrote for a source or a destination: `HOST/NAME[:TAG|@DIGEST]`, also behind
 * `docker://`; `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`, `docker-archive:FILE[:TAG]`; or a path that
 * begins with `/`, `./` or `../`. `foo/bar` is a repository, whatever files there are.
 *
 * @throws PauseError `usage` when it is none of them, or a place of other tools
 */
export function readMirrorPlace(text: string): MirrorPlace {
  if (text.startsWith("docker://")) {
    return { kind: "registry", reference: parseReference(text.slice("docker://".length)) };
  }
  const [, prefix = "", rest = ""] = /^([a-z][a-z-]*):(.*)$/s.exec(text) ?? [];
  const away = Object.hasOwn(ELSEWHERE, prefix) ? ELSEWHERE[prefix] : undefined;
  if (away !== undefined) throw unusable(text, `"${prefix}:" is not read here`, away);
  if (prefix === "oci" && rest.startsWith("//")) {
    throw unusable(text, "registries are named without oci://", `Write ${rest.slice(2)}.`);
  }
  if (/^(oci|oci-archive|docker-archive)$/.test(prefix)) {
    return { kind: "files", place: readPlace(text) };
  }
  if (/^\.{0,2}\//.test(text)) {
    // Whoever reads it says that it is compressed.
    const form = COMPRESSED.test(text) ? "oci-archive:" : "";
    return { kind: "files", place: readPlace(form + text) };
  }
  if (text.endsWith(".tar") || text.endsWith("/")) {
    throw unusable(
      text,
      "it may be a path and a repository",
      `Write ./${text} for the path${
        text.endsWith("/") ? "" : `, docker://${text} for the repository`
      }.`,
    );
  }
  return { kind: "registry", reference: parseReference(text) };
}

/**
 * Reads what a user wrote for a destination.
 * @throws PauseError `usage` as {@link readMirrorPlace} does, for a digest: content makes those, and
 * for the name of a compressed archive
 */
export function readDestination(text: string): MirrorPlace {
  const place = readMirrorPlace(text);
  if (place.kind === "files") {
    if (place.place.form === "oci" || !COMPRESSED.test(place.place.path)) return place;
    throw unusable(text, "archives are written as they are", "Name a .tar, and compress that.");
  }
  if (place.reference.digest === undefined) return place;
  throw unusable(text, "a destination has no digest", "Leave it out, or write a tag in its place.");
}

function unusable(text: string, found: string, next: string): PauseError {
  return new PauseError("usage", `Cannot use "${text}": ${found}. ${next}`);
}

/** Opens places for one command. The same repository is the same store, so that registries can mount. */
export interface Places {
  /**
   * Opens a place to read from.
   * @throws PauseError `usage` when files hold several images and no tag says which; what the files
   * throw
   */
  source(place: MirrorPlace): Promise<Source>;
  /**
   * Opens a place to read all of it from, whatever tag it was named with.
   * @throws PauseError `usage` when files hold images of several repositories; what the files throw
   */
  repository(place: MirrorPlace): Promise<Repository>;
  /**
   * Opens a place to write to: the same file is the same store, which holds what both of its tags
   * name. Whoever writes there ends with its `commit`, or `abandon`.
   * @param image what the image is called, without a tag, where the place itself has no name.
   * Undefined: it gets none
   */
  destination(place: MirrorPlace, image?: string): Store;
}

/** @param options what the stores of registries share: network, logins, signal */
export function openPlaces(options: RegistryOptions = {}): Places {
  const open: Map<string, Store> = new Map();
  const once = (key: string, make: () => Store): Store => {
    const store = open.get(key) ?? make();
    open.set(key, store);
    return store;
  };
  const registry = ({ host, repository }: Reference, access: "pull" | "push"): Store =>
    once(
      `${access} ${host}/${repository}`,
      () => registryStore({ host, repository }, { ...options, access }),
    );
  const pulled = (reference: Reference): Repository => {
    const store = registry(reference, "pull");
    return { store, repository: store.name };
  };
  return {
    source(place) {
      if (place.kind === "files") return fileSource(place.place);
      const { tag, digest } = place.reference;
      return Promise.resolve({
        ...pulled(place.reference),
        ref: digest ?? tag ?? "latest",
        ...(digest === undefined ? { tag: tag ?? "latest" } : tag !== undefined && { tag }),
      });
    },
    repository: async (place) =>
      place.kind === "registry" ? pulled(place.reference) : await fileRepository(place.place),
    destination: (place, image) =>
      place.kind === "registry"
        ? registry(place.reference, "push")
        : once(`${place.place.form} ${resolve(place.place.path)}`, () =>
          openPlace(place.place, image)),
  };
}
