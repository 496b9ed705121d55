import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { PauseError } from "../error.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import { formatPlace, type Place } from "../store/place.ts";
import type { MirrorPlace } from "./place.ts";

/**
 * Sees that no destination is the source itself, and that no file is to be written in two forms.
 *
 * @param hasRules whether tags are chosen by rules, and are then the same everywhere
 * @throws PauseError `usage`
 */
export async function requireApart(
  from: MirrorPlace,
  to: readonly MirrorPlace[],
  hasRules: boolean,
): Promise<void> {
  for (const place of to) {
    const isItself = from.kind === "registry"
      ? place.kind === "registry" && isSameImage(from.reference, place.reference, hasRules)
      : place.kind === "files" && await isSameFile(from.place, place.place);
    if (isItself) throw ontoItself(place);
  }
  const archives = to.flatMap((place) => place.kind === "files" ? [place.place] : []);
  for (const [at, one] of archives.entries()) {
    const other = archives.slice(0, at).find((other) => other.form !== one.form);
    if (other === undefined || await realOf(one) !== await realOf(other)) continue;
    throw new PauseError(
      "usage",
      `Cannot mirror to ${other.form}:${other.path} and ${one.form}:${one.path}: they are one file. Name another one.`,
    );
  }
}

/** To point a tag at a digest of the same repository is no copy onto itself, nor to give it another tag. */
function isSameImage(from: Reference, to: Reference, hasRules: boolean): boolean {
  if (from.host !== to.host || from.repository !== to.repository) return false;
  if (hasRules) return true;
  if (from.digest !== undefined) return from.tag === undefined && to.tag === undefined;
  const tag = from.tag ?? "latest";
  return (to.tag ?? tag) === tag;
}

/** An archive is written whole: its other images would be gone. In a layout images get more tags. */
async function isSameFile(from: Place, to: Place): Promise<boolean> {
  if (await realOf(from) !== await realOf(to)) return false;
  return from.form !== "oci" || to.form !== "oci" || to.tag === undefined || to.tag === from.tag;
}

/** Where a place really is; where it would be, when there is nothing. */
async function realOf({ path }: Place): Promise<string> {
  return await realpath(path).catch(() => resolve(path));
}

function ontoItself(place: MirrorPlace): PauseError {
  const name = place.kind === "registry"
    ? formatReference(place.reference)
    : place.place.tag === undefined
    ? `${place.place.form}:${place.place.path}`
    : formatPlace(place.place, place.place.tag);
  return new PauseError(
    "usage",
    `Cannot mirror to ${name}: that is the source itself. Give the destination another name.`,
  );
}
