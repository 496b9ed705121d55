import { test } from "uvu";
import * as assert from "uvu/assert";
import { mirrorMemory } from "../../build/mirror/memory.ts";
import { mirrorImage } from "../../build/mirror/mirror.ts";
import type { MirrorEvent } from "../../build/mirror/report.ts";
import { jsonContent } from "../../build/oci/descriptor.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { memoryStore } from "../../build/store/memory.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { failsWith } from "../support/fails.ts";
import { sampleImage } from "../support/images.ts";
import { withRegistry } from "../support/registry.ts";
import { putImage } from "../store/put.ts";
import { lacking, recorded, referrersIn, refusing } from "./stores.ts";
import { upstreamStore } from "./upstream-image.ts";
import { digestAt, holdsAll, IMAGE, TAG } from "./whole.ts";

const DIGEST = IMAGE.index.descriptor.digest;

test("an image arrives whole: every platform, attestations, referrers of referrers, signatures", async () => {
  const destination = memoryStore("mirror.example/pause");
  const source = await upstreamStore(IMAGE);
  const mirrored = await mirrorImage(source, TAG, [{ store: destination, tags: [TAG] }]);
  await holdsAll(destination);
  assert.is(mirrored.digest, DIGEST);
  assert.equal(mirrored.notes, []);
  const [delivery] = mirrored.deliveries;
  const { destination: name, outcome, digest, referrers } = delivery ?? {};
  assert.equal({ name, outcome, digest, referrers }, {
    name: "mirror.example/pause:3.10",
    outcome: "copied",
    digest: DIGEST,
    referrers: 5,
  });
  const blobs = IMAGE.contents.filter(({ descriptor }) =>
    !/manifest|index/.test(descriptor.mediaType)
  );
  const sizes = new Map(blobs.map(({ descriptor }) => [descriptor.digest, descriptor.size]));
  assert.is(delivery?.bytes, [...sizes.values()].reduce((sum, size) => sum + size, 0));
  assert.equal(delivery?.pieces, {
    copied: new Set(IMAGE.contents.map(({ descriptor }) => descriptor.digest)).size,
    present: 0,
    mounted: 0,
  });
});

test("indexes that name the same index many times are walked once, and not for ever", async () => {
  const store = memoryStore("mirror.example/pause");
  const source = memoryStore("source.example/pause");
  const image = sampleImage(1);
  await putImage(source, image);
  let { manifest } = image;
  for (let level = 0; level < 7; level++) {
    const manifests = Array.from({ length: 12 }, () => manifest.descriptor);
    manifest = jsonContent(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests });
    await source.putManifest(manifest, [TAG]);
  }
  const { digest } = await mirrorImage(source, TAG, [{ store, tags: [TAG] }]);
  assert.is((await store.resolve(TAG))?.digest, digest);
});

test("referrers come before the image's tag, and signatures before it too", async () => {
  const { store, calls } = recorded(memoryStore("mirror.example/pause"));
  await mirrorImage(await upstreamStore(IMAGE), TAG, [{ store, tags: [TAG] }]);
  const puts = calls.filter((call) => call.startsWith("putManifest"));
  assert.is(puts.at(-1), `putManifest ${DIGEST} ${TAG}`);
  assert.is(puts.filter((call) => call.endsWith(".sig")).length, 2);
});

test("without referrers nothing is asked about them", async () => {
  const { store: source, calls } = recorded(await upstreamStore(IMAGE));
  const destination = memoryStore("mirror.example/pause");
  const { deliveries } = await mirrorImage(source, TAG, [{ store: destination, tags: [TAG] }], {
    referrers: false,
  });
  assert.is(deliveries[0]?.referrers, undefined);
  assert.equal(calls.filter((call) => /referrers|\.sig/.test(call)), []);
  assert.equal(await referrersIn(destination, IMAGE.index), []);
});

test("a list of referrers that cannot be read is an error, and the tag does not appear", async () => {
  const source = refusing(await upstreamStore(IMAGE), /^referrers/);
  const destination = memoryStore("mirror.example/pause");
  const { deliveries } = await mirrorImage(source, TAG, [{ store: destination, tags: [TAG] }]);
  assert.is(deliveries[0]?.outcome, "failed");
  assert.match(deliveries[0]?.error?.message ?? "", /refused \(referrers/);
  assert.is(await digestAt(destination, TAG), undefined);
});

test("each destination has its own result, and one that fails does not stop the others", async () => {
  const [good, late] = [memoryStore("one.example/pause"), memoryStore("three.example/pause")];
  const there = memoryStore("two.example/pause");
  const source = await upstreamStore(IMAGE);
  await mirrorImage(source, TAG, [{ store: there, tags: [TAG] }]);
  const bad = refusing(memoryStore("bad.example/pause"), /^putManifest/);
  const mirrored = await mirrorImage(source, TAG, [
    { store: bad, tags: [TAG] },
    { store: good, tags: [TAG, "latest"] },
    { store: there, tags: [TAG] },
    { store: late, tags: [] },
  ]);
  assert.equal(
    mirrored.deliveries.map(({ destination, outcome }) => [destination, outcome]),
    [
      ["bad.example/pause:3.10", "failed"],
      ["one.example/pause:3.10,latest", "copied"],
      ["two.example/pause:3.10", "present"],
      [`three.example/pause@${DIGEST}`, "copied"],
    ],
  );
  assert.match(mirrored.deliveries[0]?.error?.message ?? "", /refused/);
  await holdsAll(good, "latest");
  assert.equal(await lacking(late, DIGEST), []);
});

test("a manifest is read once from the source, however many destinations there are", async () => {
  const { store: source, calls } = recorded(await upstreamStore(IMAGE));
  const stores = ["one", "two", "three"].map((name) => memoryStore(`${name}.example/pause`));
  await mirrorImage(source, TAG, stores.map((store) => ({ store, tags: [TAG] })));
  const reads = calls.filter((call) => call.startsWith("getManifest"));
  assert.is(new Set(reads).size, reads.length);
  for (const store of stores) await holdsAll(store);
});

test("an up-to-date tag costs one request at the source and one at each destination", async () => {
  await withRegistry({}, async (source) => {
    await withRegistry({}, async (destination) => {
      const from = registryStore({ host: source.host, repository: "pause" });
      const to = ["k8s/pause", "copy"].map((repository) => ({
        store: registryStore({ host: destination.host, repository }),
        tags: [TAG],
      }));
      await mirrorImage(await upstreamStore(IMAGE), TAG, [{ store: from, tags: [TAG] }]);
      await mirrorImage(from, TAG, to);
      for (const { store } of to) await holdsAll(store);
      const before = [source.log.length, destination.log.length];
      const { deliveries } = await mirrorImage(from, TAG, to);
      assert.equal(deliveries.map(({ outcome }) => outcome), ["present", "present"]);
      const since = [source.log.slice(before[0]), destination.log.slice(before[1])];
      assert.equal(since.map((log) => log.map(({ method, route }) => `${method} ${route}`)), [
        ["HEAD manifest"],
        ["HEAD manifest", "HEAD manifest"],
      ]);
    });
  });
});

test("a second repository of a registry mounts what the first one got", async () => {
  await withRegistry({}, async ({ host, logged }) => {
    const to = ["one", "two"].map((repository) => registryStore({ host, repository }));
    const source = await upstreamStore(IMAGE);
    const { deliveries } = await mirrorImage(
      source,
      TAG,
      to.map((store) => ({ store, tags: [TAG] })),
    );
    const [first, second] = deliveries;
    assert.is(second?.bytes, 0);
    assert.is(second?.pieces.mounted, logged("PUT upload").length);
    assert.is(first?.pieces.mounted, 0);
    for (const store of to) await holdsAll(store);
    // The same over two images of one command.
    const memory = mirrorMemory();
    const third = registryStore({ host, repository: "three" });
    const fourth = registryStore({ host, repository: "four" });
    await mirrorImage(source, TAG, [{ store: third, tags: [TAG] }], { memory });
    const again = await mirrorImage(source, TAG, [{ store: fourth, tags: [TAG] }], { memory });
    assert.is(again.deliveries[0]?.bytes, 0);
  });
});

test("an image that is not there is an error before anything is written", async () => {
  const { store, calls } = recorded(memoryStore("mirror.example/pause"));
  const source = memoryStore("source.example/pause");
  const error = await failsWith(
    ["storage"],
    () => mirrorImage(source, "4.0", [{ store, tags: [TAG] }]),
  );
  assert.match(error.message, /4\.0/);
  assert.equal(calls.filter((call) => call.startsWith("put")), []);
});

test("a destination that cannot be asked fails alone", async () => {
  const bad = refusing(memoryStore("bad.example/pause"), /^resolve/);
  const good = memoryStore("good.example/pause");
  const { deliveries } = await mirrorImage(await upstreamStore(IMAGE), TAG, [
    { store: bad, tags: [TAG] },
    { store: good, tags: [TAG] },
  ]);
  assert.equal(deliveries.map(({ outcome }) => outcome), ["failed", "copied"]);
});

test("refreshing brings what was signed since, and what a lenient registry lost", async () => {
  const source = await upstreamStore(IMAGE);
  const destination = memoryStore("mirror.example/pause");
  const to = [{ store: destination, tags: [TAG] }];
  await mirrorImage(source, TAG, to, { referrers: false });
  assert.is((await mirrorImage(source, TAG, to)).deliveries[0]?.outcome, "present");
  assert.equal(await referrersIn(destination, IMAGE.index), []);
  const { deliveries } = await mirrorImage(source, TAG, to, { refresh: true });
  assert.is(deliveries[0]?.outcome, "copied");
  assert.is(deliveries[0]?.referrers, 5);
  await holdsAll(destination);
});

test("the bytes that pass are told as they pass, and how many are to be expected", async () => {
  const events: MirrorEvent[] = [];
  const { deliveries } = await mirrorImage(
    await upstreamStore(IMAGE),
    TAG,
    [{ store: memoryStore("mirror.example/pause"), tags: [TAG] }],
    { onEvent: (event) => events.push(event) },
  );
  const sum = (type: "bytes" | "expected"): number =>
    events.reduce((total, event) => total + (event.type === type ? event.bytes : 0), 0);
  const foreign = IMAGE.foreign.reduce((total, { descriptor }) => total + descriptor.size, 0);
  assert.is(sum("bytes"), deliveries[0]?.bytes);
  assert.is(sum("expected"), deliveries[0]?.bytes);
  assert.ok(foreign > 0);
  assert.is(events[0]?.type, "resolved");
  assert.is(events.at(-1)?.type, "delivered");
});

test("an image that is no index is mirrored too, and one by digest is not looked up", async () => {
  const image = sampleImage(80);
  const inner = memoryStore("source.example/app");
  await putImage(inner, image, ["v1"]);
  const { store: source, calls } = recorded(inner);
  const destination = memoryStore("mirror.example/app");
  const { digest } = image.manifest.descriptor;
  await mirrorImage(source, digest, [{ store: destination, tags: ["v1"] }]);
  assert.is(await digestAt(destination, "v1"), digest);
  const reads = calls.filter((call) => call.endsWith(digest) && !call.startsWith("referrers"));
  assert.equal(reads, [`getManifest ${digest}`]);
  const empty = jsonContent(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests: [] });
  await inner.putManifest(empty, ["none"]);
  await mirrorImage(inner, "none", [{ store: destination, tags: ["none"] }]);
  assert.is(await digestAt(destination, "none"), empty.descriptor.digest);
});

test.run();
