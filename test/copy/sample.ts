import { PauseError } from "../../build/error.ts";
import { type Content, content, jsonContent } from "../../build/oci/descriptor.ts";
import { OCI } from "../../build/oci/media-types.ts";
import type { Store } from "../../build/store/store.ts";

/** An index over two images that share their layer, and everything below it. */
export function sample(): { index: Content; images: Content[]; blobs: Content[]; all: Content[] } {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const layer = content(OCI.layer, text("layer"));
  const configs = ["one", "two"].map((name) => content(OCI.config, text(`{"name":"${name}"}`)));
  const images = configs.map((config) =>
    jsonContent(OCI.manifest, {
      schemaVersion: 2,
      mediaType: OCI.manifest,
      config: config.descriptor,
      layers: [layer.descriptor],
    })
  );
  const index = jsonContent(OCI.index, {
    schemaVersion: 2,
    mediaType: OCI.index,
    manifests: images.map((image) => image.descriptor),
  });
  const blobs = [layer, ...configs];
  return { index, images, blobs, all: [index, ...images, ...blobs] };
}

/** A store that tells `heard` of every write in its order, and fails where `fails` says so. */
export function recorded(
  inner: Store,
  heard: string[],
  fails: (action: string) => boolean = () => false,
): Store {
  const note = (action: string): void => {
    if (fails(action)) throw new PauseError("registry", `refused: ${action}`);
    heard.push(action);
  };
  return {
    ...inner,
    putBlob: async (blob, open) => {
      note(`blob ${blob.digest}`);
      await inner.putBlob(blob, open);
    },
    putManifest: async (manifest, tags) => {
      note(`manifest ${manifest.descriptor.digest} ${tags.join(" ")}`.trim());
      await inner.putManifest(manifest, tags);
    },
  };
}

/** What a tag or a digest names there. */
export const digestOf = async (store: Store, ref: string): Promise<string | undefined> =>
  (await store.resolve(ref))?.digest;
