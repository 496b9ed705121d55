import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { mirrorImage } from "../../build/mirror/mirror.ts";
import type { MirrorEvent } from "../../build/mirror/report.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { memoryStore } from "../../build/store/memory.ts";
import type { Store } from "../../build/store/store.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { sampleImage } from "../support/images.ts";
import { putImage } from "../store/put.ts";
import { killedAt, overheard, recorded, refusing } from "./stores.ts";
import { upstreamStore } from "./upstream-image.ts";
import { digestAt, holdsAll, IMAGE, TAG } from "./whole.ts";

test("killed at any moment and run again, an image arrives, and no tag ever names a part of one", async () => {
  const source = await upstreamStore(IMAGE);
  for (let nth = 1, killed = true; killed; nth++) {
    const inner = memoryStore("mirror.example/pause");
    const store = killedAt(inner, nth);
    const { deliveries } = await mirrorImage(source, TAG, [{ store, tags: [TAG] }], {
      concurrency: 4,
    });
    killed = store.wasKilled();
    assert.is(deliveries[0]?.outcome, killed ? "failed" : "copied", `call ${nth}`);
    if (await digestAt(inner, TAG) !== undefined) await holdsAll(inner);
    await mirrorImage(source, TAG, [{ store: inner, tags: [TAG] }]);
    await holdsAll(inner);
    if (!killed) assert.ok(nth > 60, `${nth} calls`);
  }
});

test("a source that fails at any moment leaves the destination's tag where it was", async () => {
  const older = sampleImage(77);
  for (let nth = 2, killed = true; killed; nth += 3) {
    const source = killedAt(await upstreamStore(IMAGE), nth);
    const inner = memoryStore("mirror.example/pause");
    await putImage(inner, older, [TAG]);
    await mirrorImage(source, TAG, [{ store: inner, tags: [TAG] }], { concurrency: 4 });
    killed = source.wasKilled();
    const found = await digestAt(inner, TAG);
    if (found !== older.manifest.descriptor.digest) await holdsAll(inner);
    else assert.ok(killed);
  }
});

test("an interrupted run into a layout goes on where it was", async () => {
  await withFolder(async (folder) => {
    const source = await upstreamStore(IMAGE);
    const killed = killedAt(layoutStore(folder), 60);
    await mirrorImage(source, TAG, [{ store: killed, tags: [TAG] }]);
    const { store, calls } = recorded(layoutStore(folder));
    const { store: reads, calls: read } = recorded(source);
    await mirrorImage(reads, TAG, [{ store, tags: [TAG] }]);
    const sent = calls.filter((call) => call.startsWith("putBlob"));
    assert.is(read.filter((call) => call.startsWith("getBlob")).length, sent.length);
    const blobs = IMAGE.contents.filter(({ descriptor }) =>
      !/manifest|index/.test(descriptor.mediaType)
    );
    assert.ok(sent.length < blobs.length, `${sent.length} of ${blobs.length}`);
    await holdsAll(layoutStore(folder));
  });
});

test("a tag that moves during the copy: what it named at the start arrives, and a note says so", async () => {
  const inner = await upstreamStore(IMAGE);
  const newer = sampleImage(78);
  const source = overheard(inner, (call) => {
    if (call.startsWith("getManifest")) void putImage(inner, newer, [TAG]);
  });
  const destination = memoryStore("mirror.example/pause");
  const events: MirrorEvent[] = [];
  const { notes } = await mirrorImage(source, TAG, [{ store: destination, tags: [TAG] }], {
    onEvent: (event) => events.push(event),
  });
  await holdsAll(destination);
  assert.is(notes.length, 1);
  assert.match(
    notes[0] ?? "",
    new RegExp(`has moved meanwhile.*${newer.manifest.descriptor.digest}`),
  );
  assert.equal(events.flatMap((event) => event.type === "note" ? [event.note] : []), notes);
});

test("a tag that moves away from what is then gone: a note says so, and not that it was mirrored", async () => {
  const inner = await upstreamStore(IMAGE);
  const newer = sampleImage(78);
  const source = refusing(inner, /^getManifest/);
  const moving: Store = {
    ...source,
    async getManifest(ref) {
      await putImage(inner, newer, [TAG]);
      return await source.getManifest(ref);
    },
  };
  const to = [{ store: memoryStore("mirror.example/pause"), tags: [TAG] }];
  const { notes, deliveries } = await mirrorImage(moving, TAG, to, { referrers: false });
  assert.is(deliveries[0]?.outcome, "failed");
  assert.match(notes[0] ?? "", /could not be mirrored, and the tag names sha256:/);
});

test("a destination whose tag names something else in the end has failed", async () => {
  const inner = memoryStore("mirror.example/pause");
  const other = sampleImage(79);
  const store: Store = {
    ...inner,
    putManifest: async (manifest, tags) => {
      await inner.putManifest(manifest, tags);
      if (tags.includes(TAG)) await putImage(inner, other, [TAG]);
    },
  };
  const { deliveries } = await mirrorImage(await upstreamStore(IMAGE), TAG, [{
    store,
    tags: [TAG],
  }]);
  assert.is(deliveries[0]?.error?.code, "verification");
  assert.match(deliveries[0]?.error?.message ?? "", new RegExp(other.manifest.descriptor.digest));
});

test("a tag that a registry shows late is waited for", async () => {
  const inner = memoryStore("mirror.example/pause");
  let looks = 0;
  const store: Store = {
    ...inner,
    resolve: async (ref) => ref === TAG && ++looks <= 2 ? undefined : await inner.resolve(ref),
  };
  const { deliveries } = await mirrorImage(await upstreamStore(IMAGE), TAG, [{
    store,
    tags: [TAG],
  }]);
  assert.is(deliveries[0]?.outcome, "copied");
  assert.is(looks, 3);
});

test("Ctrl-C stops everything, and is no failure of a destination", async () => {
  const user = new AbortController();
  const store = overheard(memoryStore("mirror.example/pause"), (call) => {
    if (call.startsWith("putBlob")) user.abort();
  });
  const source = await upstreamStore(IMAGE);
  await failsWith(
    ["interrupted"],
    () => mirrorImage(source, TAG, [{ store, tags: [TAG] }], { signal: user.signal }),
  );
  assert.is(await digestAt(store, TAG), undefined);
});

test("a part that the registry loses after it said that it has it is sent again, once", async () => {
  const source = await upstreamStore(IMAGE);
  for (const times of [1, 2]) {
    let refusals = 0;
    const inner = memoryStore("mirror.example/pause");
    const store = overheard(inner, (call) => {
      if (!call.endsWith(` ${TAG}`) || refusals === times || call.startsWith("resolve")) return;
      refusals++;
      throw new PauseError("registry", "Cannot push: 400, whose part sha256:0 it does not find.");
    });
    const { deliveries } = await mirrorImage(source, TAG, [{ store, tags: [TAG] }]);
    assert.is(deliveries[0]?.outcome, times === 1 ? "copied" : "failed");
  }
});

test.run();
