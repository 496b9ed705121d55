import { PauseError } from "../error.ts";
import { isAttachmentTag } from "../oci/attachment-tag.ts";
import { ANNOTATION } from "../oci/annotations.ts";
import type { Digest } from "../oci/digest.ts";
import { referrer } from "../oci/document.ts";
import { archiveSource } from "../store/archive/source.ts";
import { folderFiles } from "../store/layout/files.ts";
import { layoutStore } from "../store/layout/layout.ts";
import { layoutReader } from "../store/layout/reader.ts";
import type { Place } from "../store/place.ts";
import type { Store, TagOrDigest } from "../store/store.ts";
import { listed } from "./listed.ts";
import { inRepository, splitName } from "./named.ts";

/** Where images of one repository are. */
export interface Repository {
  readonly store: Store;
  /** What it is called, where that is known: `registry.k8s.io/pause`. */
  readonly repository?: string;
}

/** Where an image is. */
export interface Source extends Repository {
  readonly ref: TagOrDigest;
  /** What it is called there, where it has a tag: destinations that say none take this one. */
  readonly tag?: string;
}

/**
 * Finds an image in files: the one that the place's tag names, or the only one that there is.
 *
 * @throws PauseError `usage` when the tag names none, or there are several; what the files throw
 */
export async function fileSource(place: Place): Promise<Source> {
  const { store, digests } = openFiles(place);
  const names = await imagesIn(store);
  const wanted = names.filter((name) => isMeant(name, place.tag));
  const [name] = wanted;
  if (name !== undefined && wanted.length === 1) return called(store, name);
  const [digest, ...others] = names.length === 0 && place.tag === undefined
    ? await nameless(store, await digests())
    : [];
  if (digest !== undefined && others.length === 0) return { store, ref: digest };
  const what = place.tag === undefined ? "" : ` ${place.tag}`;
  throw new PauseError(
    "usage",
    `Cannot read${what} from ${store.name}: ${
      names.length === 0 ? "no image there has a name" : `it has ${listed(names)}`
    }. Name one that is there: ${place.form}:${place.path}:TAG.`,
  );
}

/** Those that are images, and hang on none. */
async function nameless(store: Store, digests: readonly Digest[]): Promise<Digest[]> {
  const found: Digest[] = [];
  for (const digest of digests) {
    if (referrer(await store.getManifest(digest)) === undefined) found.push(digest);
  }
  return found;
}

/**
 * The repository that files hold.
 * @throws PauseError `usage` when they hold images of several; what the files throw
 */
export async function fileRepository(place: Place): Promise<Repository> {
  const { store } = openFiles(place);
  const names = (await imagesIn(store)).map(splitName);
  const [repository, ...others] = new Set(names.map(({ repository }) => repository));
  if (others.length === 0) {
    return repository === undefined
      ? { store }
      : { store: inRepository(store, repository), repository };
  }
  throw new PauseError(
    "usage",
    `Cannot choose tags of ${store.name}: its images are of ${others.length + 1} repositories, ${
      listed([repository, ...others].map((name) => name ?? "one without a name"))
    }. Name one image, or push all of an archive with "load".`,
  );
}

/** The names of all images, without what hangs on them. */
async function imagesIn(store: Store): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.tags()) {
    if (!isAttachmentTag(splitName(name).tag)) names.push(name);
  }
  return names;
}

/** An archive of several repositories has whole references for tags: the tag in them will do. */
function isMeant(name: string, tag: string | undefined): boolean {
  return tag === undefined || name === tag || splitName(name).tag === tag;
}

function called(store: Store, name: string): Source {
  const { repository, tag } = splitName(name);
  if (repository === undefined) return { store, ref: tag, tag };
  return { store: inRepository(store, repository), ref: tag, tag, repository };
}

/** What is in files. */
interface Files {
  readonly store: Store;
  /** Of what has no name there. */
  readonly digests: () => Promise<readonly Digest[]>;
}

/** Opens files to be read. */
function openFiles({ form, path }: Place): Files {
  const store = form === "oci" ? layoutStore(path) : archiveSource(path);
  const reader = form === "oci" ? layoutReader(store.name, folderFiles(path)) : archiveSource(path);
  const digests = async (): Promise<Digest[]> => {
    const { list } = await reader.entries();
    const bare = list.filter(({ descriptor: { annotations = {} } }) =>
      !(ANNOTATION.refName in annotations) && !(ANNOTATION.hangingName in annotations)
    );
    return [...new Set(bare.map(({ descriptor }) => descriptor.digest))];
  };
  return { store, digests };
}
