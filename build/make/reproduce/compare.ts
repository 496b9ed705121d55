import { jsonDifferences } from "../../attest/reproduce/json.ts";
import { type Difference, difference, first } from "../../attest/reproduce/difference.ts";
import { isForeign } from "../../oci/foreign.ts";
import type { Content, Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { readImageConfig, readIndex, readManifest } from "../../oci/document.ts";
import { readObject } from "../../oci/json.ts";
import { isIndex } from "../../oci/media-types.ts";
import { nameOf, type Platform } from "../../oci/platform.ts";
import type { Store } from "../../store/store.ts";
import { readAll } from "../../store/verified.ts";
import { UNPACKED_LIMIT } from "../../check/layers.ts";
import type { Graph } from "../workshop.ts";
import { layerDifferences } from "./layer.ts";

/** One document or layer of an image, and in what it is not what was built once more. */
export interface Part {
  /** `index`, `linux/arm64, manifest`, `linux/arm64, layer 1`. */
  readonly name: string;
  /** Of the image's. */
  readonly digest: Digest;
  /** None: every byte is the same. */
  readonly differences: readonly Difference[];
}

/** What is read from. */
type Readable = Pick<Store, "name" | "getManifest" | "getBlob">;

/** An image on both sides. */
interface Pair {
  readonly theirs: Readable;
  readonly ours: Readable;
  readonly signal?: AbortSignal;
}

/**
 * Compares an image, or an index with all images that it names, with what was built: every byte of
 * every document and layer is read, and held against its digest.
 *
 * @param theirs where the image is
 * @param root its index, or the manifest of one platform
 * @throws PauseError `verification` for bytes that are not what their digest says, and documents
 * that are none; what the store throws
 */
export async function compareImages(
  theirs: Readable,
  root: Content,
  graph: Graph,
  signal?: AbortSignal,
): Promise<Part[]> {
  const pair: Pair = { theirs, ours: graph.store, ...(signal && { signal }) };
  if (!isIndex(root.descriptor.mediaType)) {
    const name = nameOf(await platformOf(theirs, root));
    return await compareOne(pair, name, root, imagesOf(graph).get(name));
  }
  const index = await graph.store.getManifest(graph.index.digest);
  const parts = [documentPart("index", root, index)];
  const built = imagesOf(graph);
  for (const entry of readIndex(root.bytes).manifests) {
    const manifest = await theirs.getManifest(entry.digest);
    const name = entry.platform ? nameOf(entry.platform) : "no platform";
    parts.push(...await compareOne(pair, name, manifest, built.get(name)));
  }
  return parts;
}

/** The manifests that were built, by what they run on. */
function imagesOf({ images }: Graph): ReadonlyMap<string, Descriptor> {
  return new Map(images.map(({ platform, manifest }) => [nameOf(platform), manifest]));
}

async function platformOf(store: Readable, { bytes }: Content): Promise<Platform> {
  const { config } = readManifest(bytes);
  return readImageConfig(await readAll(await store.getBlob(config)));
}

async function compareOne(
  pair: Pair,
  name: string,
  manifest: Content,
  built: Descriptor | undefined,
): Promise<Part[]> {
  const { digest } = manifest.descriptor;
  if (built === undefined) {
    return [{ name, digest, differences: [difference("image", digest, "")] }];
  }
  const rebuilt = await pair.ours.getManifest(built.digest);
  const [theirs, ours] = [readManifest(manifest.bytes), readManifest(rebuilt.bytes)];
  const parts = [
    documentPart(`${name}, manifest`, manifest, rebuilt),
    documentPart(
      `${name}, config`,
      await contentOf(pair.theirs, theirs.config),
      await contentOf(pair.ours, ours.config),
    ),
  ];
  for (const [at, layer] of theirs.layers.entries()) {
    parts.push(await layerPart(pair, `${name}, layer ${at + 1}`, layer, ours.layers[at]));
  }
  return parts;
}

async function contentOf(store: Readable, descriptor: Descriptor): Promise<Content> {
  return { descriptor, bytes: await readAll(await store.getBlob(descriptor)) };
}

function documentPart(name: string, theirs: Content, ours: Content): Part {
  const { digest } = theirs.descriptor;
  if (digest === ours.descriptor.digest) return { name, digest, differences: [] };
  const differences = first(
    jsonDifferences(readObject(theirs.bytes, name), readObject(ours.bytes, name)),
  );
  const otherwise = difference("bytes", digest, ours.descriptor.digest);
  return { name, digest, differences: differences.length > 0 ? differences : [otherwise] };
}

async function layerPart(
  { theirs, ours, signal }: Pair,
  name: string,
  layer: Descriptor,
  built: Descriptor | undefined,
): Promise<Part> {
  const { digest } = layer;
  if (built === undefined) {
    return { name, digest, differences: [difference("layer", digest, "")] };
  }
  if (digest === built.digest) {
    // What stays with somebody else was never there; everything else has to be what it says.
    if (!isForeign(layer)) await drain(await theirs.getBlob(layer));
    return { name, digest, differences: [] };
  }
  const read = async (store: Readable, blob: Descriptor): Promise<Uint8Array> =>
    await readAll(await store.getBlob(blob), UNPACKED_LIMIT);
  const differences = await layerDifferences(
    await read(theirs, layer),
    await read(ours, built),
    signal,
  );
  return { name, digest, differences };
}

async function drain(bytes: ReadableStream<Uint8Array>): Promise<void> {
  for await (const _ of bytes);
}
