import { test } from "uvu";
import * as assert from "uvu/assert";
import { copy, type CopyEvent } from "../../build/copy/copy.ts";
import { PauseError } from "../../build/error.ts";
import { type Content, type Descriptor, jsonContent } from "../../build/oci/descriptor.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { memoryStore } from "../../build/store/memory.ts";
import type { Store } from "../../build/store/store.ts";
import { failsWith } from "../support/fails.ts";
import { digestOf, recorded, sample } from "./sample.ts";

test("copy() carries everything, children before parents and the tag last", async () => {
  const { index, images, blobs, all } = sample();
  const heard: string[] = [];
  const destination = memoryStore("destination");
  const root = await copy(
    memoryStore("source", all),
    index.descriptor.digest,
    recorded(destination, heard),
    { tags: ["v1"] },
  );
  assert.equal(root, index.descriptor);
  assert.is(await digestOf(destination, "v1"), index.descriptor.digest);
  const put = (kind: string, { descriptor }: Content): string => `${kind} ${descriptor.digest}`;
  assert.equal(
    heard.filter((action) => action.startsWith("blob")).sort(),
    blobs.map((blob) => put("blob", blob)).sort(),
    "each blob once, the shared layer too",
  );
  assert.is(heard.at(-1), `${put("manifest", index)} v1`);
  for (const image of images) {
    const config = JSON.parse(new TextDecoder().decode(image.bytes)).config as Descriptor;
    assert.ok(
      heard.indexOf(`blob ${config.digest}`) < heard.indexOf(put("manifest", image)),
    );
  }
});

test("copy() sends nothing to a destination that has it all", async () => {
  const { index, all } = sample();
  const source = memoryStore("source", all);
  const destination = memoryStore("destination");
  await copy(source, index.descriptor.digest, destination, { tags: ["v1"] });
  const heard: string[] = [];
  const events: CopyEvent[] = [];
  await copy(source, index.descriptor.digest, recorded(destination, heard), {
    tags: ["v1"],
    onEvent: (event) => events.push(event),
  });
  assert.equal(heard, []);
  assert.equal(events.map(({ outcome, tags }) => ({ outcome, tags })), [
    { outcome: "present", tags: ["v1"] },
  ]);
});

test("copy() gives children the tags asked for, also when the graph is there already", async () => {
  const { index, images, all } = sample();
  const source = memoryStore("source", all);
  const destination = memoryStore("destination");
  await copy(source, index.descriptor.digest, destination, { tags: ["v1"] });
  await copy(source, index.descriptor.digest, destination, {
    tags: ["v1"],
    childTags: ({ digest }) => digest === images[1]?.descriptor.digest ? ["v1-two"] : [],
  });
  assert.is(await digestOf(destination, "v1-two"), images[1]?.descriptor.digest);
});

test("copy() brings back a piece that a folder has lost below a manifest it still has", async () => {
  const { index, blobs, all } = sample();
  const whole = memoryStore("folder", all);
  const { complete: _, ...folder } = whole;
  const lost = blobs[0]?.descriptor as Descriptor;
  const heard: string[] = [];
  const holed: Store = {
    ...folder,
    hasBlob: async (blob) => blob.digest !== lost.digest && await whole.hasBlob(blob),
  };
  await copy(memoryStore("source", all), index.descriptor.digest, recorded(holed, heard), {
    tags: [],
  });
  assert.equal(heard, [`blob ${lost.digest}`]);
});

test("copy() leaves the tag alone when a child fails", async () => {
  const { index, images, all } = sample();
  const older = jsonContent(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests: [] });
  const destination = memoryStore("destination");
  await destination.putManifest(older, ["v1"]);
  const bad = images[1]?.descriptor.digest;
  const failing = recorded(destination, [], (action) => action.startsWith(`manifest ${bad}`));
  try {
    await copy(memoryStore("source", all), index.descriptor.digest, failing, { tags: ["v1"] });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, PauseError);
    assert.is((error as PauseError).code, "registry");
  }
  assert.is(await digestOf(destination, "v1"), older.descriptor.digest);
});

test("copy() stops when it is told to, and says so", async () => {
  const { index, all } = sample();
  const user = new AbortController();
  const heard: string[] = [];
  const destination = recorded(memoryStore("destination"), heard, () => {
    user.abort();
    return false;
  });
  try {
    await copy(memoryStore("source", all), index.descriptor.digest, destination, {
      tags: ["v1"],
      signal: user.signal,
      concurrency: 1,
    });
    assert.unreachable();
  } catch (error) {
    assert.is((error as PauseError).code, "interrupted");
  }
  assert.is(heard.length, 1, "nothing new was started");
});

test("copy() has a small blob mounted from the destination itself, and sends only what that lacks", async () => {
  const { index, blobs, all } = sample();
  const heard: string[] = [];
  const inner = memoryStore("destination", blobs.slice(0, 1));
  const destination: Store = {
    ...recorded(inner, heard),
    hasBlob: () => Promise.reject(new Error("this question costs a round trip more")),
    mountBlob: async (blob, from) => from === destination && await inner.hasBlob(blob),
  };
  await copy(memoryStore("source", all), index.descriptor.digest, destination, { tags: ["v1"] });
  assert.equal(
    heard.filter((action) => action.startsWith("blob")).sort(),
    blobs.slice(1).map(({ descriptor }) => `blob ${descriptor.digest}`).sort(),
  );
});

test("copy() starts nothing new after a failure, and fails as the first one did", async () => {
  const { index, all } = sample();
  const tried: string[] = [];
  const destination = recorded(memoryStore("destination"), [], (action) => {
    tried.push(action);
    return true;
  });
  try {
    await copy(memoryStore("source", all), index.descriptor.digest, destination, {
      tags: ["v1"],
      concurrency: 1,
    });
    assert.unreachable();
  } catch (error) {
    assert.is((error as PauseError).message, `refused: ${tried[0]}`);
  }
  assert.is(tried.length, 1);
});

test("copy() fails with what was wrong with a manifest, wherever that was found", async () => {
  const bad = jsonContent(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests: 5 });
  const source: Store = { ...memoryStore("source"), getManifest: () => Promise.resolve(bad) };
  await failsWith(
    ["verification"],
    () => copy(source, bad.descriptor.digest, memoryStore("destination"), { tags: ["v1"] }),
  );
});

test("copy() by tag is right about what it read, whatever the source says that the tag names", async () => {
  const { index, images, all } = sample();
  const inner = memoryStore("source", all);
  await inner.putManifest(index, ["v1"]);
  const lying: Store = { ...inner, resolve: () => Promise.resolve(images[0]?.descriptor) };
  const destination = memoryStore("destination");
  const root = await copy(lying, "v1", destination, { tags: ["v1"] });
  assert.is(root.digest, index.descriptor.digest);
  assert.is(await digestOf(destination, "v1"), index.descriptor.digest);
});

test("copy() shows what a tag named before it moves it, and leaves it where it was when that is refused", async () => {
  const { index, all } = sample();
  const source = memoryStore("source", all);
  const old = jsonContent(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests: [] });
  const destination = memoryStore("destination");
  const seen: unknown[] = [];
  const send = (tag: string, refuses: boolean): Promise<unknown> =>
    copy(source, index.descriptor.digest, destination, {
      tags: [tag],
      beforeMove: (moved, now) => {
        seen.push([moved, now.digest]);
        return refuses ? Promise.reject(new PauseError("usage", "no")) : Promise.resolve();
      },
    });
  await destination.putManifest(old, ["v1"]);
  await failsWith(["usage"], () => send("v1", true));
  assert.is(await digestOf(destination, "v1"), old.descriptor.digest);
  await send("v1", false);
  assert.is(await digestOf(destination, "v1"), index.descriptor.digest);
  assert.equal(seen.splice(0), Array(2).fill(["v1", old.descriptor.digest]));
  await send("v1", true);
  await send("v2", true);
  assert.equal(seen, [], "nothing is moved");
});

test("copy() takes a mount over an upload", async () => {
  const { index, all } = sample();
  const heard: string[] = [];
  const source = memoryStore("source", all);
  const inner = memoryStore("destination");
  const destination: Store = {
    ...recorded(inner, heard),
    mountBlob: async (blob, from) => {
      // It is asked to mount from itself what it might have.
      if (from !== source) return false;
      await inner.putBlob(blob, () => from.getBlob(blob));
      return true;
    },
  };
  const outcomes: string[] = [];
  await copy(source, index.descriptor.digest, destination, {
    tags: ["v1"],
    onEvent: ({ outcome }) => outcomes.push(outcome),
  });
  assert.equal(outcomes.filter((outcome) => outcome === "mounted").length, 3);
  assert.not.ok(heard.some((action) => action.startsWith("blob")));
});

test.run();
