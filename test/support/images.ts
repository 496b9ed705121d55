import { type Content, content, jsonContent } from "../../build/oci/descriptor.ts";
import { DOCKER, type MediaTypes, OCI } from "../../build/oci/media-types.ts";

/** An image with everything below it, in the order in which a store takes it. */
export interface SampleImage {
  readonly config: Content;
  readonly layer: Content;
  readonly manifest: Content;
}

export interface SampleOptions {
  /** @default OCI */
  readonly types?: MediaTypes;
  /** @default none */
  readonly subject?: Content;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Bytes of the layer. @default 100 */
  readonly layerSize?: number;
}

/** `length` bytes that look random and are the same for the same seed. */
export function bytesOf(seed: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed * 2654435761 + 1 >>> 0;
  for (let at = 0; at < length; at++) {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** An image of one layer. The same seed and options make the same bytes. The layer is no real tar. */
export function sampleImage(seed: number, options: SampleOptions = {}): SampleImage {
  const { types = OCI, subject, artifactType, annotations, layerSize = 100 } = options;
  const layer = content(types.layer, bytesOf(seed, layerSize));
  const config = jsonContent(types.config, {
    architecture: "amd64",
    os: "linux",
    config: { Env: [`SEED=${seed}`] },
    rootfs: { type: "layers", diff_ids: [layer.descriptor.digest] },
  });
  const manifest = jsonContent(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    ...(artifactType !== undefined && { artifactType }),
    config: config.descriptor,
    layers: [layer.descriptor],
    ...(subject && { subject: subject.descriptor }),
    ...(annotations && { annotations }),
  });
  return { config, layer, manifest };
}

/** An index over `images`. */
export function sampleIndex(images: readonly SampleImage[], types: MediaTypes = OCI): Content {
  return jsonContent(types.index, {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: images.map(({ manifest }, at) => ({
      ...manifest.descriptor,
      platform: { architecture: at === 0 ? "amd64" : `arch${at}`, os: "linux" },
    })),
  });
}

/** Both families of media types, by name. */
export const FAMILIES: Readonly<Record<string, MediaTypes>> = { OCI, Docker: DOCKER };

/** A stream of `bytes` in chunks of `chunk` bytes. */
export function streamOf(bytes: Uint8Array, chunk: number = 64 * 1024): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller): void {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, at += chunk));
      else controller.close();
    },
  });
}
