import { Buffer } from "node:buffer";
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

test("nobody can compress its layers, which have nothing in common", async () => {
  const image = bigImage(SIZE, 3);
  const store = memoryStore("source");
  await putBigImage(store, image, "bench");
  assert.is(new Set(image.layers.map(({ digest }) => digest)).size, 3);
  const layers = await Promise.all(image.layers.map((layer) => readBlob(store, layer)));
  for (const layer of layers) assert.is(layer.length, SIZE);
  const bytes = Buffer.concat(layers);
  assert.ok(deflateRawSync(bytes).length >= bytes.length);
});

test.run();
