import { createCipheriv, createHash } from "node:crypto";
import { type Content, type Descriptor, jsonContent } from "../../build/oci/descriptor.ts";
import { OCI } from "../../build/oci/media-types.ts";
import type { Store } from "../../build/store/store.ts";

/** An image whose layers are made anew whenever they are read. */
export interface BigImage {
  readonly layers: readonly Descriptor[];
  readonly config: Content;
  readonly manifest: Content;
}

const CHUNK = 1024 * 1024;

/**
 * An image whose layers have `size` bytes each that nobody can compress, a multiple of 1 MiB.
 * @param count of layers, 1 to 255; no two are alike
 */
export function bigImage(size: number, count = 1): BigImage {
  const layers = Array.from({ length: count }, (_, at) => layerOf(size, at));
  const config = jsonContent(OCI.config, {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
  const { mediaType } = config.descriptor;
  const manifest = jsonContent(OCI.manifest, {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    config: { ...config.descriptor, mediaType },
    layers,
  });
  return { layers, config, manifest };
}

function layerOf(size: number, at: number): Descriptor {
  const hash = createHash("sha256");
  for (const chunk of noise(size, at)) hash.update(chunk);
  return { mediaType: OCI.layer, digest: `sha256:${hash.digest("hex")}`, size };
}

/** Puts the image under `tag`. */
export async function putBigImage(store: Store, image: BigImage, tag: string): Promise<void> {
  const { layers, config, manifest } = image;
  for (const [at, layer] of layers.entries()) {
    await store.putBlob(layer, () => Promise.resolve(streamOf(noise(layer.size, at))));
  }
  await store.putBlob(config.descriptor, () => Promise.resolve(streamOf([config.bytes].values())));
  await store.putManifest(manifest, [tag]);
}

/** The key stream of a cipher: the same each time for the same `seed`, and as good as random. */
function* noise(size: number, seed: number): Generator<Uint8Array> {
  const key = new Uint8Array(16).fill(seed);
  const cipher = createCipheriv("aes-128-ctr", key, new Uint8Array(16));
  const zeros = new Uint8Array(CHUNK);
  for (let left = size; left > 0; left -= CHUNK) yield cipher.update(zeros);
}

function streamOf(chunks: Iterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller): void {
      const { done, value } = chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}
