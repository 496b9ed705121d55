import type { Descriptor } from "../oci/descriptor.ts";
import { isForeign } from "../oci/foreign.ts";
import type { Platform } from "../oci/platform.ts";
import { entryOf } from "./entry.ts";
import { type Gathering, giveUp, noteProgram } from "./gather.ts";
import { FILE_LIMIT, UNPACKED_LIMIT, type UnpackedLayer, unpackLayer } from "./layers.ts";
import { type Part, readBlob, type Source } from "./source.ts";
import { applyLayer, emptyTree, type Entry, type FileTree, keepOnly } from "./tree.ts";
import { windowsEntryOf } from "./windows/entry.ts";
import { diagtrackFaults, wincatFaults } from "./windows/files.ts";
import { isWindowsOwn, recordsFault, shapeFault, windowsFiles } from "./windows/layers.ts";

/** Lets one do something that takes much memory while no other does. */
export type Gate = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** As many as overlayfs takes, and with it docker and containerd. */
const LAYER_LIMIT = 127;

/** Bytes of packed layers that many images may hold at once. */
const SMALL = 1024 * 1024;

/**
 * Finds out what is in an image's layers. Those that are Windows itself only have to be there, and
 * those that stay with Microsoft not even that. Small ones are read beside those of other images,
 * because registries are slow to answer.
 *
 * @throws PauseError when the source cannot tell, as `readBlob` does
 */
export async function gatherFiles(
  facts: Gathering,
  source: Source,
  layers: readonly Descriptor[],
  gate: Gate,
): Promise<void> {
  const isWindows = facts.known.platform?.os === "windows";
  const wanted = layers.filter((layer) => !isWindows || !isWindowsOwn(layer));
  if (!hasRightSize(facts, layers.length, sizeOf(wanted))) return;
  const missing = await missingOf(source, layers.filter((layer) => !wanted.includes(layer)));
  const isSmall = sizeOf(wanted) <= SMALL;
  const read = async (): Promise<Part[]> => {
    const parts: Part[] = [];
    for (const layer of wanted) parts.push(await readBlob(source, layer));
    return parts;
  };
  const parts = isSmall ? await read() : [];
  await gate(async () => {
    const unpacked = await unpack(facts, isSmall ? parts : await read());
    if (unpacked === undefined) return;
    facts.known.parts = missing;
    noteLayers(facts, layers.map((layer) => unpacked[wanted.indexOf(layer)]));
    gatherProgram(facts);
  });
}

function sizeOf(layers: readonly Descriptor[]): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}

function hasRightSize(facts: Gathering, count: number, size: number): boolean {
  if (count > LAYER_LIMIT) tooLarge(facts, `there are ${count} layers`);
  else if (size > UNPACKED_LIMIT) tooLarge(facts, `${size} bytes are packed in them`);
  else return true;
  return false;
}

function tooLarge(facts: Gathering, found: string): void {
  facts.known.layerSizes = [found];
  giveUp(facts, "layerFormats", "the layers are too large to be read");
}

/** What is to be said of layers that nobody reads. */
async function missingOf(source: Source, layers: readonly Descriptor[]): Promise<string[]> {
  const own = layers.filter((layer) => !isForeign(layer));
  const there = await Promise.all(own.map((layer) => source.hasBlob(layer)));
  return own.filter((_, at) => !there[at]).map(({ digest }) => `${digest} is not there`);
}

/** @returns the layers, when all of them can be read and are not too large */
async function unpack(
  facts: Gathering,
  parts: readonly Part[],
): Promise<UnpackedLayer[] | undefined> {
  const unpacked: UnpackedLayer[] = [];
  const allowance = { bytes: UNPACKED_LIMIT, files: FILE_LIMIT };
  for (const part of parts) {
    if ("fault" in part) {
      facts.known.parts = [part.fault];
      giveUp(facts, "layerSizes", "a layer could not be read");
      return undefined;
    }
    const found = await unpackLayer(part.bytes, allowance);
    if ("tooLong" in found) {
      tooLarge(facts, `more than ${UNPACKED_LIMIT} bytes come out`);
      return undefined;
    }
    unpacked.push(found);
  }
  return unpacked;
}

/** @param layers those that are not read are undefined */
function noteLayers(facts: Gathering, layers: readonly (UnpackedLayer | undefined)[]): void {
  facts.known.layerSizes = [];
  const read = layers.flatMap((layer) => layer ?? []);
  const unreadable = read.find((layer) => "unreadable" in layer);
  if (unreadable) return giveUp(facts, "layerFormats", unreadable.unreadable);
  const damages = read.flatMap((layer) => "damage" in layer ? [layer.damage] : []);
  facts.known.layerFormats = damages;
  if (damages.length > 0) return giveUp(facts, "diffIds", "the layers could not be read");
  facts.known.diffIds = layers.map((layer) =>
    layer && "diffId" in layer ? layer.diffId : undefined
  );
  const entries = read.flatMap((layer) => "entries" in layer ? [layer.entries] : []);
  const { platform } = facts.known;
  const files = facts.known.files = emptyTree();
  if (platform?.os === "windows") noteWindows(facts, entries, files, platform);
  else for (const layer of entries) applyLayer(files, layer);
}

function noteWindows(
  { known }: Gathering,
  layers: readonly (readonly Entry[])[],
  files: FileTree,
  platform: Platform,
): void {
  known.windowsShape = layers.flatMap((layer) => shapeFault(layer) ?? []);
  known.windowsRecords = layers.flatMap((layer) => recordsFault(layer) ?? []);
  for (const layer of layers) applyLayer(files, windowsFiles(layer));
  known.wincat = wincatFaults(files, platform);
  known.diagtrack = diagtrackFaults(files);
}

function gatherProgram(facts: Gathering): void {
  const { config, files, platform } = facts.known;
  if (!config || !files || !platform) return;
  const find = platform.os === "windows" ? windowsEntryOf : entryOf;
  const entry = facts.known.entry = find(config, files);
  if ("fault" in entry) {
    keepOnly(files);
    return giveUp(facts, "entryFile", "there is no entry point");
  }
  keepOnly(files, entry.node);
  facts.known.entryFile = entry;
  noteProgram(facts, entry.node.bytes, platform);
}
