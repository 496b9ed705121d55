import { test } from "uvu";
import * as assert from "uvu/assert";
import { backedStore } from "../../build/store/backed.ts";
import { memoryStore } from "../../build/store/memory.ts";
import { failsWith } from "../support/fails.ts";
import { sampleImage } from "../support/images.ts";
import { putBlob, readBlob } from "./put.ts";

const { layer, config } = sampleImage(1);

test("a blob that is not there is read where it is, and one that is there is not asked for elsewhere", async () => {
  const base = memoryStore("base");
  await putBlob(base, layer);
  const own = memoryStore("own", [config]);
  const elsewhere = new Map([[layer, base], [config, memoryStore("empty")]].map(
    ([content, store]) => [(content as typeof layer).descriptor.digest, store as typeof base],
  ));
  const store = backedStore(own, elsewhere);
  assert.equal(await readBlob(store, layer.descriptor), layer.bytes);
  assert.equal(await readBlob(store, config.descriptor), config.bytes);
  assert.ok(await store.hasBlob(layer.descriptor));
  assert.not.ok(await own.hasBlob(layer.descriptor));
});

test("what is nowhere is not there", async () => {
  const store = backedStore(
    memoryStore("own"),
    new Map([[layer.descriptor.digest, memoryStore("base")]]),
  );
  assert.not.ok(await store.hasBlob(layer.descriptor));
  const error = await failsWith(["storage"], () => readBlob(store, layer.descriptor));
  assert.match(error.message, "from base");
});

test.run();
