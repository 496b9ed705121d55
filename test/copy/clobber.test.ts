import { test } from "uvu";
import * as assert from "uvu/assert";
import { copy } from "../../build/copy/copy.ts";
import { type Content, jsonContent } from "../../build/oci/descriptor.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { memoryStore } from "../../build/store/memory.ts";
import type { Store } from "../../build/store/store.ts";
import { failsWith } from "../support/fails.ts";
import { digestOf, recorded, sample } from "./sample.ts";

/** A destination that has OLDER under `tag`, what it heard, and everything of the sample. */
async function taken(tag: string): Promise<{
  heard: string[];
  destination: Store;
  source: Store;
  index: Content;
  images: Content[];
}> {
  const { index, images, all } = sample();
  const older = jsonContent(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests: [] });
  const inner = memoryStore("destination");
  await inner.putManifest(older, [tag]);
  const heard: string[] = [];
  return {
    heard,
    destination: recorded(inner, heard),
    source: memoryStore("source", all),
    index,
    images,
  };
}

test("copy() without clobber refuses to move a tag, before anything is sent", async () => {
  for (const tag of ["v1", "v1-two"]) {
    const { heard, destination, source, index, images } = await taken(tag);
    const before = await digestOf(destination, tag);
    const { message } = await failsWith(
      ["registry"],
      () =>
        copy(source, index.descriptor.digest, destination, {
          tags: ["v1"],
          childTags: ({ digest }) => digest === images[1]?.descriptor.digest ? ["v1-two"] : [],
          clobber: false,
        }),
    );
    assert.match(message, `Cannot write to destination: ${tag} names ${before}, and no tag`);
    assert.equal(heard, []);
    assert.is(await digestOf(destination, tag), before);
  }
});

test("copy() without clobber gives tags that are free, and those that name the same already", async () => {
  const { destination, source, index } = await taken("other");
  for (const tags of [["v1"], ["v1"], ["v1", "v2"]]) {
    await copy(source, index.descriptor.digest, destination, { tags, clobber: false });
    for (const tag of tags) assert.is(await digestOf(destination, tag), index.descriptor.digest);
  }
});

test("copy() without clobber notices a tag that is taken while it is at work", async () => {
  const { heard, destination, source, index } = await taken("other");
  const older = await destination.getManifest("other");
  const raced: Store = {
    ...destination,
    putBlob: async (blob, open) => {
      await destination.putManifest(older, ["v1"]);
      await destination.putBlob(blob, open);
    },
  };
  await failsWith(
    ["registry"],
    () => copy(source, index.descriptor.digest, raced, { tags: ["v1"], clobber: false }),
  );
  assert.is(await digestOf(destination, "v1"), older.descriptor.digest);
  assert.not.ok(heard.includes(`manifest ${index.descriptor.digest} v1`));
});

test.run();
