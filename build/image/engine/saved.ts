// The plain half: the other one loads worker threads.
import { gunzipSync } from "fflate/browser";
import { PauseError } from "../../error.ts";
import { fileStream } from "../../host/files.ts";
import { type Digest, sha256 } from "../../oci/digest.ts";
import { readImageConfig } from "../../oci/document.ts";
import type { ImageConfig } from "../../oci/manifest.ts";
import { type Extent, indexTar } from "../../store/archive/tar-reader.ts";
import { readAll } from "../../store/verified.ts";

/** An image as a builder wrote it. */
export interface SavedImage {
  readonly config: ImageConfig;
  /** The archives of its layers, uncompressed, in the order of the configuration. */
  readonly layers: readonly Uint8Array[];
}

/**
 * Reads the one image that `docker save` and the like wrote, whole into memory. Its layers are known
 * by their digests, wherever in the archive they are: of two alike one may be a link.
 *
 * @throws PauseError `verification` when there is no image in it, or a part of it is missing
 * @see https://github.com/moby/moby/blob/v20.10.24/image/spec/v1.2.md#combined-image-json--filesystem-changeset-format
 */
export async function readSavedImage(file: string): Promise<SavedImage> {
  const files = await indexTar(file, () => true);
  const read = async (path: string): Promise<Uint8Array | undefined> => {
    const extent = files.get(path);
    return extent && await readExtent(file, extent);
  };
  const listed = new TextDecoder().decode(await read("manifest.json")) || "[]";
  const [image] = JSON.parse(listed) as readonly Listed[];
  const bytes = await read(image?.Config ?? "");
  if (image === undefined || bytes === undefined) throw incomplete(file, "its configuration");
  const config = readImageConfig(bytes);
  const found = new Map<Digest, Uint8Array>();
  for (const path of image.Layers) {
    const layer = unpacked(await read(path) ?? new Uint8Array());
    found.set(sha256(layer), layer);
  }
  const layers = config.rootfs.diff_ids.map((digest) => {
    const layer = found.get(digest as Digest);
    if (layer === undefined) throw incomplete(file, `the layer ${digest}`);
    return layer;
  });
  return { config, layers };
}

/** An entry of manifest.json. */
interface Listed {
  readonly Config: string;
  readonly Layers: readonly string[];
}

function readExtent(file: string, { start, size }: Extent): Promise<Uint8Array> {
  return readAll(fileStream(file, start, size), size);
}

function unpacked(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}

function incomplete(file: string, what: string): PauseError {
  return new PauseError(
    "verification",
    `Cannot use what the builder wrote to ${file}: ${what} is not there. Build with another one, or leave ENGINE out.`,
  );
}
