import { didYouMean } from "../did-you-mean.ts";
import { PauseError } from "../error.ts";
import { isAttachmentTag } from "../oci/attachment-tag.ts";
import { ANNOTATION } from "../oci/annotations.ts";
import { parseReference, type Reference } from "../oci/reference.ts";
import { archiveSource } from "../store/archive/source.ts";
import type { Store } from "../store/store.ts";
import { verifyChecksum } from "./checksum.ts";
import { listed } from "./listed.ts";
import { mirrorMemory } from "./memory.ts";
import { mirrorImage } from "./mirror.ts";
import { inRepository, splitName } from "./named.ts";
import type { MirrorOptions } from "./options.ts";
import type { Mirrored } from "./report.ts";

/** How the images of an archive are loaded. */
export interface LoadOptions extends MirrorOptions {
  /** Which images of the archive: whole names, or what they end with, with a tag or without. @default all */
  readonly names?: readonly string[];
  /** Whether the next image is loaded after one has failed. @default false */
  readonly keepGoing?: boolean;
}

/** An image in an archive, and where it goes. */
export interface Loading {
  /** What the archive calls it: `registry.k8s.io/pause:3.10`. */
  readonly name: string;
  readonly store: Store;
  readonly tag: string;
  readonly destination: Reference & { readonly tag: string };
}

/** What became of the images of an archive. */
export interface Loaded {
  /** Whether there was a checksum to hold the file to. */
  readonly checked: boolean;
  /** In the order of the archive. */
  readonly images: readonly Mirrored[];
}

/**
 * Loads the images of an archive into a registry, each under the path that it had at its own, with
 * the same digest: `registry.k8s.io/pause:3.10` becomes `REGISTRY/pause:3.10`. The file is held to
 * the checksum beside it first, when there is one.
 *
 * @param registry `HOST[:PORT][/PATH]`
 * @param open opens a repository to write to
 * @returns what became of each image, failures included
 * @throws PauseError `verification` when the file is not what its checksum says; `usage` when an
 * image has no name, is not there, or two would become one; `storage`; `interrupted`
 */
export async function loadImages(
  file: string,
  registry: string,
  open: (reference: Reference) => Store,
  options: LoadOptions = {},
): Promise<Loaded> {
  const checked = await verifyChecksum(file);
  const found = await planLoad(file, registry, options.names);
  const memory = mirrorMemory();
  const images: Mirrored[] = [];
  for (const { store, tag, destination } of found) {
    const to = { store: open(destination), tags: [destination.tag] };
    const mirrored = await mirrorImage(store, tag, [to], { ...options, memory });
    images.push(mirrored);
    if (!options.keepGoing && mirrored.deliveries.some(({ error }) => error)) break;
  }
  return { checked, images };
}

/**
 * Says what would be loaded, and where to.
 * @throws PauseError as {@link loadImages} does before it writes
 */
export async function planLoad(
  file: string,
  registry: string,
  names: readonly string[] = [],
): Promise<readonly Loading[]> {
  const all = await imagesIn(file, registry.replace(/\/+$/, ""));
  if (all.length === 0) {
    throw new PauseError(
      "usage",
      `Cannot load from ${file}: it has no images with names. "mirror" copies images by their digest.`,
    );
  }
  const named = new Set(names.flatMap((name) => imagesCalled(name, all, file)));
  const wanted = names.length === 0 ? all : all.filter((image) => named.has(image));
  requireApart(wanted);
  return wanted;
}

async function imagesIn(file: string, registry: string): Promise<Loading[]> {
  const archive = archiveSource(file);
  const { list } = await archive.entries();
  return list.flatMap(({ descriptor: { annotations = {} } }) => {
    const tag = annotations[ANNOTATION.refName];
    if (tag === undefined || isAttachmentTag(splitName(tag).tag)) return [];
    const own = splitName(tag);
    // Others write the tag alone there, and the whole name for containerd.
    const { repository } = own.repository === undefined
      ? splitName(annotations[ANNOTATION.containerdName] ?? "")
      : own;
    if (repository === undefined) throw nameless(file, tag);
    const store = own.repository === undefined ? archive : inRepository(archive, repository);
    const destination = destinationOf(registry, repository, own.tag);
    return [{ name: `${repository}:${own.tag}`, store, tag: own.tag, destination }];
  });
}

function nameless(file: string, tag: string): PauseError {
  return new PauseError(
    "usage",
    `Cannot load ${tag} from ${file}: the archive does not say which repository that is a tag of. Run "mirror oci-archive:${file}:${tag} HOST/NAME:${tag}".`,
  );
}

/** The same path at another registry. */
function destinationOf(
  registry: string,
  name: string,
  tag: string,
): Reference & { readonly tag: string } {
  const { repository } = parseReference(name);
  return { ...parseReference(`${registry}/${repository}`), tag };
}

/**
 * The images of one repository that a user means by its name, or by what that ends with, with a tag
 * or without.
 */
function imagesCalled(wanted: string, all: readonly Loading[], file: string): readonly Loading[] {
  const isOrEnds = (name = ""): boolean => name === wanted || name.endsWith(`/${wanted}`);
  const found = all.filter(({ name }) => isOrEnds(name) || isOrEnds(splitName(name).repository));
  const repositories = [...new Set(found.map(({ name }) => splitName(name).repository ?? name))];
  if (repositories.length === 1) return found;
  const [other, next] = repositories.length === 0
    ? [`it has ${listed(all.map(({ name }) => name))}`, nearest(wanted, all)]
    : [`it has ${listed(repositories)}`, " Write one of those in whole."];
  throw new PauseError("usage", `Cannot load ${wanted} from ${file}: ${other}.${next}`);
}

function nearest(wanted: string, all: readonly Loading[]): string {
  const names = all.flatMap(({ name }) => [name, splitName(name).repository ?? name]);
  // The host is what people leave out.
  const short = names.map((name) => name.slice(name.indexOf("/") + 1));
  return didYouMean(wanted, [...names, ...short]) || " Name one of those.";
}

/** Two registries may each have a `pause:3.10`; here there is room for one. */
function requireApart(images: readonly Loading[]): void {
  const taken = new Map<string, string>();
  for (const { name, destination: { host, repository, tag } } of images) {
    const place = `${host}/${repository}:${tag}`;
    const other = taken.get(place);
    if (other !== undefined) {
      throw new PauseError(
        "usage",
        `Cannot load both ${other} and ${name}: each would become ${place}. Name one after the registry, and load the other one elsewhere.`,
      );
    }
    taken.set(place, name);
  }
}
