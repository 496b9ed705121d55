import { PauseError } from "../error.ts";
import { everySettled } from "../host/settle.ts";
import type { Content, Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { children } from "../oci/document.ts";
import { isIndex, isManifest } from "../oci/media-types.ts";
import type { Store } from "../store/store.ts";

/** A tag, and what it is to name. */
export type Naming = readonly [tag: string, digest: Digest];

/** What a copy gives tags to. */
export interface Tagging {
  /** The root's. */
  readonly tags: readonly string[];
  readonly childTags?: (child: Descriptor) => readonly string[];
  readonly leaveOut?: (piece: Descriptor) => boolean;
}

/** Every tag that a copy is going to give, to the root and to what is below it. */
export async function namingsOf(
  source: Pick<Store, "getManifest">,
  { descriptor, bytes }: Content,
  tagging: Tagging,
): Promise<Naming[]> {
  const { tags, childTags, leaveOut = () => false } = tagging;
  const own = tags.map((tag): Naming => [tag, descriptor.digest]);
  if (childTags === undefined) return own;
  const manifests = children(descriptor, bytes)
    .filter((piece) => isManifest(piece.mediaType) && !leaveOut(piece));
  const below = await everySettled(manifests.map(async (child) => {
    const given = { ...tagging, tags: childTags(child) };
    if (!isIndex(child.mediaType)) return given.tags.map((tag): Naming => [tag, child.digest]);
    return await namingsOf(source, await source.getManifest(child.digest), given);
  }));
  return [...own, ...below.flat()];
}

/**
 * Refuses to move tags that name something else.
 *
 * @returns what each tag names now, or undefined for those that are free
 * @throws PauseError `registry` when there are such tags, with all of them: as where a registry itself
 * has immutable tags, and no mistake in what was asked for
 */
export async function refuseToMove(
  { name, resolve }: Pick<Store, "name" | "resolve">,
  namings: readonly Naming[],
): Promise<ReadonlyMap<string, Descriptor | undefined>> {
  const there = await everySettled(namings.map(([tag]) => resolve(tag)));
  const moved = namings.flatMap(([tag, digest], at) => {
    const now = there[at]?.digest;
    return now === undefined || now === digest ? [] : [`${tag} names ${now}`];
  });
  if (moved.length === 0) return new Map(namings.map(([tag], at) => [tag, there[at]]));
  throw new PauseError(
    "registry",
    `Cannot write to ${name}: ${moved.join(", ")}, and no tag is to be moved. ` +
      "Choose another tag, or allow them to move.",
  );
}
