import { PauseError, reason } from "../error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { children, readImageConfig, readManifest } from "../oci/document.ts";
import { DOCUMENT_LIMIT } from "../oci/json.ts";
import type { ImageConfig, Index, Manifest } from "../oci/manifest.ts";
import { entryOf } from "./entry.ts";
import { type Gathering, gathering, giveUp, noteProgram } from "./gather.ts";
import { FILE_LIMIT, UNPACKED_LIMIT, type UnpackedLayer, unpackLayer } from "./layers.ts";
import { type Part, readBlob, readManifestPart, type Source } from "./source.ts";
import { applyLayer, emptyTree, keepOnly } from "./tree.ts";

/** What an image hangs on. */
export interface Parent {
  readonly index: Index;
  /** The index's entry for the image. */
  readonly entry: Descriptor;
}

/** Lets one do something that takes much memory while no other does. */
export type Gate = <Value>(work: () => Promise<Value>) => Promise<Value>;

/**
 * Finds out all about an image that can be known without running it. It reads at most the
 * manifest, the configuration, and layers of 64 MiB in all, packed as well as unpacked. Of the
 * files' contents only the program's stays.
 *
 * @param gate what is large is read, and what is packed unpacked, behind it
 * @throws PauseError when the source cannot tell, as {@link readBlob} does
 */
export async function gatherImage(
  source: Source,
  descriptor: Descriptor,
  gate: Gate,
  parent?: Parent,
): Promise<Gathering> {
  const facts = gathering();
  if (parent) facts.known.index = parent.index;
  if (parent?.entry.platform) {
    facts.known.indexPlatform = facts.known.platform = parent.entry.platform;
  }
  const manifest = await gatherDocuments(facts, source, descriptor);
  if (manifest === undefined) return facts;
  if (facts.known.platform?.os === "windows") await lookForLayers(facts, source, manifest.layers);
  else if (hasRightSize(facts, manifest)) await gatherFiles(facts, source, manifest, gate);
  return facts;
}

/** Reads small layers beside those of other images, because registries are slow to answer. */
async function gatherFiles(
  facts: Gathering,
  source: Source,
  { layers }: Manifest,
  gate: Gate,
): Promise<void> {
  const isSmall = sizeOf(layers) <= SMALL;
  const read = async (): Promise<Part[]> => {
    const parts: Part[] = [];
    for (const layer of layers) parts.push(await readBlob(source, layer));
    return parts;
  };
  const parts = isSmall ? await read() : [];
  await gate(async () => {
    await gatherLayers(facts, isSmall ? parts : await read());
    gatherProgram(facts);
  });
}

function gatherProgram(facts: Gathering): void {
  const { config, files, platform } = facts.known;
  if (!config || !files || !platform) return;
  const entry = facts.known.entry = entryOf(config, files);
  if ("fault" in entry) {
    keepOnly(files);
    return giveUp(facts, "entryFile", "there is no entry point");
  }
  keepOnly(files, entry.node);
  facts.known.entryFile = entry;
  noteProgram(facts, entry.node.bytes, platform);
}

/** @returns the manifest, when it and the configuration are what they should be */
async function gatherDocuments(
  facts: Gathering,
  source: Source,
  descriptor: Descriptor,
): Promise<Manifest | undefined> {
  const manifest = read(await readManifestPart(source, descriptor), (bytes) => {
    // This one compares what it says of itself with what points at it.
    children(descriptor, bytes);
    return readManifest(bytes);
  });
  if (!("value" in manifest)) return stop(facts, manifest, "manifest");
  const part = manifest.value.config.size > DOCUMENT_LIMIT
    ? { bytes: new Uint8Array(DOCUMENT_LIMIT + 1) }
    : await readBlob(source, manifest.value.config);
  const config = read(part, readImageConfig);
  if (!("value" in config)) return stop(facts, config, "configuration");
  facts.known.parts = facts.known.documents = [];
  facts.known.manifest = manifest.value;
  facts.known.config = config.value;
  facts.known.platform ??= platformOf(config.value);
  return manifest.value;
}

type Document<Value> =
  | { readonly value: Value }
  | { readonly fault: string }
  | { readonly malformed: string };

function read<Value>(part: Part, reader: (bytes: Uint8Array) => Value): Document<Value> {
  if ("fault" in part) return part;
  try {
    return { value: reader(part.bytes) };
  } catch (error) {
    if (error instanceof PauseError) return { malformed: reason(error) };
    throw error;
  }
}

function stop(
  facts: Gathering,
  document: { readonly fault: string } | { readonly malformed: string },
  what: string,
): undefined {
  facts.known.parts = "fault" in document ? [document.fault] : [];
  if ("malformed" in document) facts.known.documents = [document.malformed];
  giveUp(facts, "documents", `the ${what} could not be read`);
}

function platformOf(
  { os, architecture, variant }: ImageConfig,
): NonNullable<Descriptor["platform"]> {
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

/** As many as overlayfs takes, and with it docker and containerd. */
const LAYER_LIMIT = 127;

/** Bytes of packed layers that many images may hold at once. */
const SMALL = 1024 * 1024;

function sizeOf(layers: readonly Descriptor[]): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}

function hasRightSize(facts: Gathering, { layers }: Manifest): boolean {
  const size = sizeOf(layers);
  if (layers.length > LAYER_LIMIT) tooLarge(facts, `there are ${layers.length} layers`);
  else if (size > UNPACKED_LIMIT) tooLarge(facts, `${size} bytes are packed in them`);
  else return true;
  return false;
}

async function gatherLayers(facts: Gathering, parts: readonly Part[]): Promise<void> {
  const unpacked: UnpackedLayer[] = [];
  const allowance = { bytes: UNPACKED_LIMIT, files: FILE_LIMIT };
  for (const part of parts) {
    if ("fault" in part) {
      facts.known.parts = [part.fault];
      return giveUp(facts, "layerSizes", "a layer could not be read");
    }
    const found = await unpackLayer(part.bytes, allowance);
    if ("tooLong" in found) return tooLarge(facts, `more than ${UNPACKED_LIMIT} bytes come out`);
    unpacked.push(found);
  }
  noteLayers(facts, unpacked);
}

function tooLarge(facts: Gathering, found: string): void {
  facts.known.layerSizes = [found];
  giveUp(facts, "layerFormats", "the layers are too large to be read");
}

function noteLayers(facts: Gathering, layers: readonly UnpackedLayer[]): void {
  facts.known.layerSizes = [];
  const unreadable = layers.find((layer) => "unreadable" in layer);
  if (unreadable) return giveUp(facts, "layerFormats", unreadable.unreadable);
  const damages = layers.flatMap((layer) => "damage" in layer ? [layer.damage] : []);
  facts.known.layerFormats = damages;
  if (damages.length > 0) return giveUp(facts, "diffIds", "the layers could not be read");
  const whole = layers.flatMap((layer) => "entries" in layer ? [layer] : []);
  facts.known.diffIds = whole.map(({ diffId }) => diffId);
  const files = facts.known.files = emptyTree();
  for (const { entries } of whole) applyLayer(files, entries);
}

/** Windows' base layers are large, and Microsoft's to check: they only have to be there. */
async function lookForLayers(
  facts: Gathering,
  source: Source,
  layers: readonly Descriptor[],
): Promise<void> {
  const own = layers.filter(({ urls = [] }) => urls.length === 0);
  const there = await Promise.all(own.map((layer) => source.hasBlob(layer)));
  facts.known.parts = own.filter((_, at) => !there[at])
    .map(({ digest }) => `${digest} is not there`);
}
