import { ANNOTATION } from "../../oci/annotations.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { isDigest } from "../../oci/digest.ts";
import { readDescriptor } from "../../oci/document.ts";
import { type Fields, readObject, unreadable } from "../../oci/json.ts";
import { OCI } from "../../oci/media-types.ts";
import type { TagOrDigest } from "../store.ts";

/** What a layout's index.json says, with all that other tools wrote into it. */
export interface Entries {
  /** All its fields; `list` has what counts of `manifests`. */
  readonly fields: Fields;
  readonly list: readonly Entry[];
}

/** One of the `manifests`. */
interface Entry {
  /** As it stands there, unknown fields included. */
  readonly written: Fields;
  readonly descriptor: Descriptor;
}

/**
 * Reads an index.json; undefined when there is none stands for one without entries.
 *
 * @param place the layout's name, for messages
 * @param remedy what to do when it is malformed, a sentence
 * @throws PauseError `verification` when it is malformed
 */
export function readEntries(
  bytes: Uint8Array | undefined,
  place: string,
  remedy: string,
): Entries {
  if (bytes === undefined) return { fields: { schemaVersion: 2, mediaType: OCI.index }, list: [] };
  const what = `index.json of ${place}`;
  const fields = readObject(bytes, what, remedy);
  if (fields.schemaVersion !== 2) throw unreadable(what, "its schemaVersion is not 2", remedy);
  // Go writes an empty list as null.
  const manifests = fields.manifests ?? [];
  if (!Array.isArray(manifests)) throw unreadable(what, "its manifests are no list", remedy);
  const list = (manifests as unknown[]).map((written) => ({
    descriptor: readDescriptor(written, what, remedy),
    written: written as Fields,
  }));
  return { fields, list };
}

/** An index.json as bytes: the same for the same entries, in whatever order they came. */
export function formatEntries({ fields, list }: Entries): string {
  const manifests = [...list].sort(byTag).map(({ written }) => written);
  return JSON.stringify({ ...fields, manifests });
}

/**
 * The descriptor that a tag or digest names.
 * @throws PauseError `verification` when several images have that tag
 */
export function findEntry(
  { list }: Entries,
  ref: TagOrDigest,
  place: string,
): Descriptor | undefined {
  if (isDigest(ref)) return list.find(({ descriptor }) => descriptor.digest === ref)?.descriptor;
  const found = list.filter((entry) => tagOf(entry) === ref).map(({ descriptor }) => descriptor);
  if (new Set(found.map(({ digest }) => digest)).size > 1) {
    throw unreadable(`tag ${ref} of ${place}`, `${found.length} images have it`);
  }
  return found[0];
}

/** All tags, each once, sorted. */
export function tagsOf({ list }: Entries): string[] {
  return [...new Set(list.flatMap((entry) => tagOf(entry) ?? []))].sort();
}

/**
 * What the entry of a tag says besides the tag. With a `hangingName`, which is then the tag, it
 * gets no other name.
 */
export type Annotate = (tag: string) => Readonly<Record<string, string>>;

/** The entries with `tags` pointing at the manifest. The very same object when they do already. */
export function withTags(
  entries: Entries,
  { mediaType, digest, size }: Descriptor,
  tags: readonly string[],
  annotate: Annotate,
): Entries {
  const missing = tags.filter((tag) => !pointsAt(entries, tag, digest));
  if (missing.length === 0) return entries;
  const kept = entries.list.filter((entry) =>
    !missing.includes(tagOf(entry) ?? "") && !(isBare(entry) && entry.descriptor.digest === digest)
  );
  const added = missing.map((tag) => {
    const own = annotate(tag);
    const name = ANNOTATION.hangingName in own ? {} : { [ANNOTATION.refName]: tag };
    return entry({ mediaType, digest, size, annotations: { ...own, ...name } });
  });
  return { ...entries, list: [...kept, ...added] };
}

/** The entries with the manifest among them. The very same object when it is already. */
export function withUntagged(
  entries: Entries,
  { mediaType, digest, size }: Descriptor,
): Entries {
  if (entries.list.some(({ descriptor }) => descriptor.digest === digest)) return entries;
  return { ...entries, list: [...entries.list, entry({ mediaType, digest, size })] };
}

/**
 * The entries without a tag, or without a manifest under whatever tag. The manifest that had the
 * tag stays, listed without one when no other entry has it. The very same object when there is no
 * such entry.
 */
export function without(entries: Entries, ref: TagOrDigest): Entries {
  const isGone = (entry: Entry): boolean =>
    isDigest(ref) ? entry.descriptor.digest === ref : tagOf(entry) === ref;
  const [gone] = entries.list.filter(isGone);
  if (gone === undefined) return entries;
  const rest = { ...entries, list: entries.list.filter((entry) => !isGone(entry)) };
  return isDigest(ref) ? rest : withUntagged(rest, gone.descriptor);
}

function pointsAt({ list }: Entries, tag: string, digest: string): boolean {
  const tagged = list.filter((entry) => tagOf(entry) === tag);
  return tagged.length > 0 && tagged.every(({ descriptor }) => descriptor.digest === digest);
}

function entry(descriptor: Descriptor): Entry {
  return { descriptor, written: descriptor as unknown as Fields };
}

/** Whether an entry only says that the manifest is there. */
function isBare({ written }: Entry): boolean {
  return Object.keys(written).every((key) => ["mediaType", "digest", "size"].includes(key));
}

function tagOf({ descriptor }: Entry): string | undefined {
  const { annotations = {} } = descriptor;
  return annotations[ANNOTATION.refName] ?? annotations[ANNOTATION.hangingName];
}

/** By tag, those without one last, then by digest. */
function byTag(one: Entry, other: Entry): number {
  const [tag, otherTag] = [tagOf(one) ?? "\uffff", tagOf(other) ?? "\uffff"];
  if (tag !== otherTag) return tag < otherTag ? -1 : 1;
  const [digest, otherDigest] = [one.descriptor.digest, other.descriptor.digest];
  return digest === otherDigest ? 0 : digest < otherDigest ? -1 : 1;
}
