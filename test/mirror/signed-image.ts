import { memoryStore } from "../../build/store/memory.ts";
import type { Content } from "../../build/oci/descriptor.ts";
import type { Store } from "../../build/store/store.ts";
import { sampleImage, sampleIndex } from "../support/images.ts";
import { cosignTag, signature } from "./upstream-image.ts";

/** A small image with one of each kind of thing that can hang on it. */
export interface SignedImage {
  /** Of three platforms. */
  readonly index: Content;
  /** Refers to the index, by its `subject`. */
  readonly sbom: Content;
  /** What cosign's tag names. */
  readonly signature: Content;
  readonly signatureTag: string;
  /** All that there is of it. */
  readonly contents: readonly Content[];
}

/** The same `seed` makes the same bytes, another one others. */
export function signedImage(seed: number): SignedImage {
  const images = [1, 2, 3].map((platform) => sampleImage(seed * 10 + platform));
  const index = sampleIndex(images);
  const artifactType = "application/spdx+json";
  const sbom = sampleImage(seed * 10 + 4, { subject: index, artifactType });
  const { manifest, blobs } = signature(seed);
  const parts = [...images, sbom].flatMap(({ layer, config, manifest }) => {
    return [layer, config, manifest];
  });
  return {
    index,
    sbom: sbom.manifest,
    signature: manifest,
    signatureTag: cosignTag(index),
    contents: [...parts, ...blobs, manifest, index],
  };
}

/** The image in a store, under `tag`. */
export async function signedStore(image: SignedImage, tag: string): Promise<Store> {
  const store = memoryStore("source.example/signed", image.contents);
  await store.putManifest(image.index, [tag]);
  await store.putManifest(image.signature, [image.signatureTag]);
  return store;
}
