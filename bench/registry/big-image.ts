import { createCipheriv, createHash } from "node:crypto";
import { type Content, type Descriptor, jsonContent } from "../../build/oci/descriptor.ts";
import { OCI } from "../../build/oci/media-types.ts";
import type { Store } from "../../build/store/store.ts";

/** An image with one layer that is made anew whenever it is read. */
export interface BigImage {
  readonly layer: Descriptor;
  readonly config: Content;
  readonly manifest: Content;
}

const CHUNK = 1024 * 1024;

/** An image whose layer has `size` bytes that nobody can compress, a multiple of 1 MiB. */
export function bigImage(size: number): BigImage {
  const hash = createHash("sha256");
  for (const chunk of noise(size)) hash.update(chunk);
  const digest = `sha256:${hash.digest("hex")}` as const;
  const layer: Descriptor = { mediaType: OCI.layer, digest, size };
  const config = jsonContent(OCI.config, {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: [digest] },
  });
  const { mediaType } = config.descriptor;
  const manifest = jsonContent(OCI.manifest, {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    config: { ...config.descriptor, mediaType },
    layers: [layer],
  });
  return { layer, config, manifest };
}

/** Puts the image under `tag`. */
export async function putBigImage(store: Store, image: BigImage, tag: string): Promise<void> {
  const { layer, config, manifest } = image;
  await store.putBlob(layer, () => Promise.resolve(streamOf(noise(layer.size))));
  await store.putBlob(config.descriptor, () => Promise.resolve(streamOf([config.bytes].values())));
  await store.putManifest(manifest, [tag]);
}

/** The key stream of a cipher: the same each time, and as good as random. */
function* noise(size: number): Generator<Uint8Array> {
  const cipher = createCipheriv("aes-128-ctr", new Uint8Array(16), new Uint8Array(16));
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
