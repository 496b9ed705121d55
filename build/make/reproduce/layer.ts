import {
  type Difference,
  difference,
  first,
  mapDifferences,
} from "../../attest/reproduce/difference.ts";
import { instructionDifferences } from "../../attest/reproduce/instructions.ts";
import { programDifferences } from "../../attest/reproduce/program.ts";
import { FILE_LIMIT, UNPACKED_LIMIT, type UnpackedLayer, unpackLayer } from "../../check/layers.ts";
import type { Entry } from "../../check/tree.ts";
import { sha256 } from "../../oci/digest.ts";

/**
 * Says in what two layers differ: which file, what of it, and of a program where in it.
 *
 * @param image as it is stored, compressed or not
 * @throws PauseError `storage`, `interrupted`
 */
export async function layerDifferences(
  image: Uint8Array,
  rebuilt: Uint8Array,
  signal?: AbortSignal,
): Promise<readonly Difference[]> {
  const [theirs, ours] = [await unpack(image), await unpack(rebuilt)];
  if (!("entries" in theirs) || !("entries" in ours)) {
    return [difference("layer", damageOf(theirs), damageOf(ours))];
  }
  const differences = await fileDifferences(theirs.entries, ours.entries, signal);
  if (differences.length > 0) return differences;
  return theirs.diffId === ours.diffId
    ? [difference("compression", sha256(image), sha256(rebuilt))]
    : [difference("what the tar says besides its files", theirs.diffId, ours.diffId)];
}

async function unpack(layer: Uint8Array): Promise<UnpackedLayer> {
  return await unpackLayer(layer, { bytes: UNPACKED_LIMIT, files: FILE_LIMIT });
}

function damageOf(layer: UnpackedLayer): string {
  if ("damage" in layer) return layer.damage;
  if ("unreadable" in layer) return layer.unreadable;
  return "tooLong" in layer ? "it is too large to be read" : "";
}

async function fileDifferences(
  theirs: readonly Entry[],
  ours: readonly Entry[],
  signal: AbortSignal | undefined,
): Promise<Difference[]> {
  const [image, rebuilt] = [byName(theirs), byName(ours)];
  const found: Difference[] = [];
  for (const name of new Set([...image.keys(), ...rebuilt.keys()])) {
    const [one, other] = [image.get(name), rebuilt.get(name)];
    const own = one === undefined || other === undefined
      ? [difference("", one?.kind ?? "", other?.kind ?? "")]
      : [...mapDifferences(factsOf(one), factsOf(other)), ...await contents(one, other, signal)];
    found.push(...own.map(({ at, ...sides }) => ({ at: placeIn(name, at), ...sides })));
  }
  return found;
}

function byName(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  return new Map(entries.map((entry) => [entry.name, entry]));
}

function placeIn(name: string, at: string): string {
  return at === "" ? `/${name}` : `/${name}, ${at}`;
}

function factsOf({ kind, mode, uid, gid, target = "", attributes }: Entry): Record<string, string> {
  return {
    kind,
    mode: mode.toString(8),
    owner: `${uid}:${gid}`,
    target,
    attributes: attributes.join(" "),
  };
}

async function contents(
  { bytes: image }: Entry,
  { bytes: rebuilt }: Entry,
  signal: AbortSignal | undefined,
): Promise<Difference[]> {
  if (sha256(image) === sha256(rebuilt)) return [];
  const instructions = await instructionDifferences(image, rebuilt, signal) ?? [];
  return [...first(programDifferences(image, rebuilt)), ...first(instructions)];
}
