import { test } from "uvu";
import * as assert from "uvu/assert";
import { memoryStore } from "../../build/store/memory.ts";
import { failsWith } from "../support/fails.ts";
import { sampleImage, sampleIndex } from "../support/images.ts";
import { storeBehaviour } from "./behaviour.ts";
import type { Bench } from "./bench.ts";
import { DELETIONS, TAG_DELETIONS } from "./deletion-behaviour.ts";
import { readBlob } from "./put.ts";

function bench(): Promise<Bench> {
  const store = memoryStore("memory");
  return Promise.resolve({ store, reopen: () => Promise.resolve(store) });
}

storeBehaviour("memory", bench);
storeBehaviour("memory", bench, { ...DELETIONS, ...TAG_DELETIONS });

test("a memory store holds from the start what it was given", async () => {
  const image = sampleImage(1);
  const index = sampleIndex([image]);
  const store = memoryStore("built", [index, image.manifest, image.config, image.layer]);
  assert.equal((await store.getManifest(index.descriptor.digest)).bytes, index.bytes);
  assert.equal(await readBlob(store, image.layer.descriptor), image.layer.bytes);
});

test("a blob is no manifest, even when it is asked for as one", async () => {
  const { config } = sampleImage(1);
  const store = memoryStore("built", [config]);
  assert.is(await store.resolve(config.descriptor.digest), undefined);
  const error = await failsWith(["storage"], () => store.getManifest(config.descriptor.digest));
  assert.match(error.message, /^Cannot read sha256:\w+ from built: it is not there\./);
});

test.run();
