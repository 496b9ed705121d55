import * as assert from "uvu/assert";
import type { Store } from "../../build/store/store.ts";
import { lacking, referrersIn } from "./stores.ts";
import { type UpstreamImage, upstreamImage } from "./upstream-image.ts";

/** The image that the tests of mirroring carry. */
export const IMAGE: UpstreamImage = upstreamImage();
const DIGEST = IMAGE.index.descriptor.digest;

/** The tag that it has. */
export const TAG = "3.10";

/** What a tag or digest names. */
export async function digestAt(store: Store, ref: string): Promise<string | undefined> {
  return (await store.resolve(ref))?.digest;
}

/** Asserts that the whole image is there, with the same bytes, and all that hangs on it. */
export async function holdsAll(store: Store, tag: string = TAG): Promise<void> {
  assert.is(await digestAt(store, tag), DIGEST);
  assert.equal(await lacking(store, tag), []);
  assert.equal((await store.getManifest(tag)).bytes, IMAGE.index.bytes);
  for (const image of IMAGE.images.values()) {
    assert.equal((await store.getManifest(image.descriptor.digest)).bytes, image.bytes);
  }
  const [sbom, signed] = IMAGE.referrers;
  if (sbom === undefined || signed === undefined) throw new Error("no referrers");
  assert.equal(await referrersIn(store, IMAGE.index), [sbom.descriptor.digest]);
  assert.equal(await referrersIn(store, sbom), [signed.descriptor.digest]);
  for (const [cosign, { descriptor }] of IMAGE.cosign) {
    assert.is(await digestAt(store, cosign), descriptor.digest);
  }
}
