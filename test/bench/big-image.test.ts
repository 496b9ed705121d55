import { deflateRawSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bigImage, putBigImage } from "../../bench/registry/big-image.ts";
import { copy } from "../../build/copy/copy.ts";
import { memoryStore } from "../../build/store/memory.ts";
import { readBlob } from "../store/put.ts";

const SIZE = 2 * 1024 * 1024;

test("the big image is one that every store takes, and the same each time", async () => {
  const [image, again] = [bigImage(SIZE), bigImage(SIZE)];
  assert.equal(image, again);
  const [source, destination] = [memoryStore("source"), memoryStore("destination")];
  await putBigImage(source, image, "bench");
  const root = await copy(source, "bench", destination, { tags: ["bench"] });
  assert.equal(root, image.manifest.descriptor);
});

test("nobody can compress its layer", async () => {
  const image = bigImage(SIZE);
  const store = memoryStore("source");
  await putBigImage(store, image, "bench");
  const bytes = await readBlob(store, image.layer);
  assert.is(bytes.length, SIZE);
  assert.ok(deflateRawSync(bytes).length >= SIZE);
});

test.run();
