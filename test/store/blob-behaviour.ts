import * as assert from "uvu/assert";
import { type Content, content } from "../../build/oci/descriptor.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { failsWith } from "../support/fails.ts";
import { bytesOf, sampleImage } from "../support/images.ts";
import { type Behaviour, NOT_THERE } from "./bench.ts";
import { all, putBlob, readBlob } from "./put.ts";

/** What every store does with blobs, and when it is empty. */
export const BLOBS: Behaviour = {
  "an empty store holds nothing": async ({ store }) => {
    const { manifest, layer } = sampleImage(1);
    assert.is(await store.resolve("3.10"), undefined);
    assert.is(await store.resolve(manifest.descriptor.digest), undefined);
    assert.is(await store.hasBlob(layer.descriptor), false);
    assert.equal(await all(store.tags()), []);
    assert.equal(await all(store.referrers(manifest.descriptor.digest)), []);
  },

  "what is not there cannot be read": async ({ store }) => {
    const { manifest, layer } = sampleImage(1);
    await failsWith(NOT_THERE, () => store.getManifest("3.10"));
    await failsWith(NOT_THERE, () => store.getManifest(manifest.descriptor.digest));
    await failsWith(NOT_THERE, () => readBlob(store, layer.descriptor));
  },

  "a blob comes back as it was put, whatever its size": async ({ store }) => {
    for (const size of [0, 1, 511, 65_536, 3_000_000]) {
      const blob = content(OCI.layer, bytesOf(size, size));
      await putBlob(store, blob);
      assert.is(await store.hasBlob(blob.descriptor), true, `${size} bytes`);
      assert.is(sha256(await readBlob(store, blob.descriptor)), blob.descriptor.digest);
    }
  },

  "blobs put side by side are all there": async ({ store }) => {
    const blobs = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => content(OCI.layer, bytesOf(seed, 9000)));
    await Promise.all(blobs.map((blob) => putBlob(store, blob)));
    for (const { descriptor } of blobs) assert.is(await store.hasBlob(descriptor), true);
  },

  "the same blob put twice at once is there once": async ({ store }) => {
    const blob = content(OCI.layer, bytesOf(1, 100_000));
    await Promise.all([putBlob(store, blob), putBlob(store, blob)]);
    assert.equal(await readBlob(store, blob.descriptor), blob.bytes);
  },

  "a blob whose bytes are not those of its digest is refused": async ({ store }) => {
    const { descriptor } = content(OCI.layer, bytesOf(1, 100));
    const lies = { flipped: bytesOf(2, 100), short: bytesOf(1, 99), long: bytesOf(1, 101) };
    for (const bytes of Object.values(lies)) {
      await failsWith(["verification"], () => putBlob(store, { descriptor, bytes }));
      assert.is(await store.hasBlob(descriptor), false);
    }
  },

  "a blob whose source breaks is not there, and can be put anew": async ({ store }) => {
    const blob = content(OCI.layer, bytesOf(1, 200_000));
    const broken = (): Promise<ReadableStream<Uint8Array>> => Promise.resolve(breaksAfter(blob));
    const outcome = await store.putBlob(blob.descriptor, broken).then(() => "put", () => "failed");
    assert.is(outcome, "failed");
    assert.is(await store.hasBlob(blob.descriptor), false);
    await putBlob(store, blob);
    assert.equal(await readBlob(store, blob.descriptor), blob.bytes);
  },

  "a blob read by a descriptor of the wrong size fails": async ({ store }) => {
    const { descriptor, bytes } = content(OCI.layer, bytesOf(1, 100));
    await putBlob(store, { descriptor, bytes });
    for (const size of [99, 101]) {
      await failsWith(["verification"], () => readBlob(store, { ...descriptor, size }));
    }
  },
};

/** Gives the first half of a blob and then fails, as a connection does that is cut. */
function breaksAfter({ bytes }: Content): ReadableStream<Uint8Array> {
  const half = bytes.slice(0, bytes.length / 2);
  let given = false;
  return new ReadableStream({
    pull(controller): void {
      if (given) controller.error(new Error("the source broke"));
      else controller.enqueue(half);
      given = true;
    },
  });
}
