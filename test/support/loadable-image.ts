import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { content, jsonContent } from "../../build/oci/descriptor.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { type MediaTypes, OCI } from "../../build/oci/media-types.ts";
import type { SampleImage } from "./images.ts";

/** An image that engines accept: its layer is a real tar, compressed, with one text file. */
export async function loadableImage(
  architecture: string,
  types: MediaTypes = OCI,
): Promise<SampleImage> {
  const text = `for ${architecture}\n`;
  const tar = await packTar([{
    header: { name: "hello", size: text.length, mtime: new Date(0) },
    body: text,
  }]);
  const layer = content(types.layer, new Uint8Array(gzipSync(tar)));
  const config = jsonContent(types.config, {
    architecture,
    os: "linux",
    config: { Entrypoint: ["/hello"] },
    rootfs: { type: "layers", diff_ids: [sha256(tar)] },
    history: [{ created_by: "a test" }],
  });
  const manifest = jsonContent(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: config.descriptor,
    layers: [layer.descriptor],
  });
  return { layer, config, manifest };
}
