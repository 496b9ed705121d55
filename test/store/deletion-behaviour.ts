import * as assert from "uvu/assert";
import { sampleImage, sampleIndex } from "../support/images.ts";
import type { Behaviour } from "./bench.ts";
import { all, putImage, readBlob } from "./put.ts";

/** What stores do that can delete. */
export const DELETIONS: Behaviour = {
  "a deleted manifest is gone with all of its tags, and nothing else is": async (
    { store, reopen },
  ) => {
    const [image, other] = [sampleImage(1), sampleImage(2)];
    await putImage(store, image, ["3.10", "latest"]);
    await putImage(store, other, ["3.9"]);
    const { digest } = image.manifest.descriptor;
    assert.is(await store.delete(digest), true);
    await store.commit();
    for (const place of [store, await reopen()]) {
      for (const ref of [digest, "3.10", "latest"]) assert.is(await place.resolve(ref), undefined);
      assert.is((await place.resolve("3.9"))?.digest, other.manifest.descriptor.digest);
      assert.equal(await all(place.tags()), ["3.9"]);
      assert.equal(await readBlob(place, image.layer.descriptor), image.layer.bytes);
    }
  },

  "a deleted index leaves the images that it names": async ({ store }) => {
    const images = [sampleImage(1), sampleImage(2)];
    const index = sampleIndex(images);
    for (const image of images) await putImage(store, image);
    await store.putManifest(index, ["3.10"]);
    await store.delete(index.descriptor.digest);
    for (const { manifest: { descriptor: { digest } } } of images) {
      assert.is((await store.resolve(digest))?.digest, digest);
    }
  },

  "a deleted manifest refers to nothing any more, and the other referrers stay": async (
    { store },
  ) => {
    const image = sampleImage(1);
    const referrers = [2, 3].map((seed) => sampleImage(seed, { subject: image.manifest }));
    for (const each of [image, ...referrers]) await putImage(store, each);
    const [gone = "", stays] = referrers.map(({ manifest }) => manifest.descriptor.digest);
    assert.is(await store.delete(gone), true);
    const found = await all(store.referrers(image.manifest.descriptor.digest));
    assert.equal(found.map(({ digest }) => digest), [stays]);
  },

  "deleting what is not there does nothing, and says so": async ({ store }) => {
    await putImage(store, sampleImage(1), ["3.10"]);
    assert.is(await store.delete(sampleImage(2).manifest.descriptor.digest), false);
    assert.equal(await all(store.tags()), ["3.10"]);
  },
};

/** What those of them do that can delete a tag alone. */
export const TAG_DELETIONS: Behaviour = {
  "a deleted tag leaves the manifest and its other tags": async ({ store, reopen }) => {
    const [image, other] = [sampleImage(1), sampleImage(2)];
    await putImage(store, image, ["3.10", "latest"]);
    await putImage(store, other, ["3.9"]);
    for (const tag of ["3.10", "3.9"]) assert.is(await store.delete(tag), true);
    await store.commit();
    for (const place of [store, await reopen()]) {
      assert.equal(await all(place.tags()), ["latest"]);
      for (const { manifest: { descriptor: { digest } } } of [image, other]) {
        assert.is((await place.resolve(digest))?.digest, digest);
      }
    }
    assert.is(await store.delete("3.10"), false);
  },
};
