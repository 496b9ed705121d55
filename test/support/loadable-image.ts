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
  const text = new TextEncoder().encode(`for ${architecture}\n`);
  return await imageOf(architecture, { hello: text }, types);
}

/** An image of files that everybody may run, of which the first is its program. Nothing else is in it. */
export async function imageOf(
  architecture: string,
  files: Readonly<Record<string, Uint8Array>>,
  types: MediaTypes = OCI,
): Promise<SampleImage> {
  const tar = await packTar(
    Object.entries(files).map(([name, body]) => ({
      header: { name, size: body.length, mode: 0o755, mtime: new Date(0) },
      body,
    })),
  );
  const layer = content(types.layer, new Uint8Array(gzipSync(tar)));
  const config = jsonContent(types.config, {
    architecture,
    os: "linux",
    config: { Entrypoint: [`/${Object.keys(files)[0]}`] },
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
