/** Images that are under way at once and have much in common. */

import { setMaxListeners } from "node:events";
import { setImmediate as later, setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { everySettled } from "../../build/host/settle.ts";
import { mirrorMemory } from "../../build/mirror/memory.ts";
import { mirrorImage } from "../../build/mirror/mirror.ts";
import type { MirrorOptions } from "../../build/mirror/options.ts";
import type { Mirrored } from "../../build/mirror/report.ts";
import { type Content, content, jsonContent } from "../../build/oci/descriptor.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { memoryStore } from "../../build/store/memory.ts";
import type { Store } from "../../build/store/store.ts";
import { openStore } from "../store/registry/open.ts";
import { chance } from "../support/chance.ts";
import { failsWith } from "../support/fails.ts";
import { bytesOf, sampleIndex } from "../support/images.ts";
import { type TestRegistry, withRegistry } from "../support/registry.ts";
import { lacking } from "./stores.ts";

const layer = (seed: number, length = 300): Content => content(OCI.layer, bytesOf(seed, length));

/** What all images have: one blob that is asked for, and one that is sent rather than asked for. */
const BASE = [layer(1, 20_000), layer(2)] as const;

function imageOf(seed: number): { config: Content; layer: Content; manifest: Content } {
  const own = layer(1000 + seed);
  const config = jsonContent(OCI.config, { architecture: "amd64", os: "linux", seed });
  const layers = [...BASE, own].map(({ descriptor }) => descriptor);
  const fields = { schemaVersion: 2, mediaType: OCI.manifest, config: config.descriptor, layers };
  return { config, layer: own, manifest: jsonContent(OCI.manifest, fields) };
}

/** An image that all indexes have. */
const COMMON = imageOf(0);

/** A repository with an index of the common image and an own one under each of the tags, and a signature. */
async function sourceOf(tags: readonly string[]): Promise<Store> {
  const images = tags.map((_, at) => imageOf(at + 1));
  const signed = jsonContent(OCI.manifest, {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    artifactType: "application/vnd.example.signature",
    config: COMMON.config.descriptor,
    layers: [BASE[1].descriptor],
    subject: COMMON.manifest.descriptor,
  });
  const pieces = [COMMON, ...images].flatMap((one) => [one.config, one.layer, one.manifest]);
  const store = memoryStore("source.example/app", [...BASE, ...pieces, signed]);
  for (const [at, tag] of tags.entries()) {
    const [own] = images.slice(at, at + 1);
    if (own) await store.putManifest(sampleIndex([COMMON, own]), [tag]);
  }
  return store;
}

const TAGS = ["a", "b", "c", "d", "e"];
/** Of the base, of the common image, and of each. */
const BLOBS = 2 + 2 + 2 * TAGS.length;

/** Mirrors all tags of a source in one command, side by side unless `isInOrder`. */
async function mirrorAll(
  source: Store,
  destination: (tag: string) => Store,
  options: MirrorOptions = {},
  isInOrder = false,
): Promise<Mirrored[]> {
  const memory = mirrorMemory();
  const one = (tag: string): Promise<Mirrored> =>
    mirrorImage(source, tag, [{ store: destination(tag), tags: [tag] }], { ...options, memory });
  if (!isInOrder) return await everySettled(TAGS.map(one));
  const mirrored: Mirrored[] = [];
  for (const tag of TAGS) mirrored.push(await one(tag));
  return mirrored;
}

function outcomes(mirrored: readonly Mirrored[]): unknown {
  return mirrored.map(({ deliveries }) => deliveries[0]?.outcome);
}

/** How many requests of each kind came. */
function counts({ log }: TestRegistry): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { method, route } of log) {
    found[`${method} ${route}`] = (found[`${method} ${route}`] ?? 0) + 1;
  }
  return found;
}

const LATE = { latency: 5 };

test("images side by side take as many requests as one after the other, and send each piece once", async () => {
  const source = await sourceOf(TAGS);
  const [inOrder, atOnce] = await everySettled(
    [true, false].map((isInOrder) =>
      withRegistry(LATE, async (registry) => {
        const store = openStore(registry);
        const mirrored = await mirrorAll(source, () => store, {}, isInOrder);
        assert.equal(outcomes(mirrored), TAGS.map(() => "copied"));
        for (const tag of TAGS) assert.equal(await lacking(store, tag), []);
        return counts(registry);
      })
    ),
  );
  assert.is(atOnce?.["PUT upload"], BLOBS);
  assert.equal(atOnce, inOrder);
});

test("a second repository mounts what the first is sending, and sends nothing itself", async () => {
  const source = await sourceOf(TAGS);
  await withRegistry(LATE, async (registry) => {
    const at = (tag: string): Store => openStore(registry, {}, `k8s/${tag}`);
    const stores = new Map(TAGS.map((tag) => [tag, at(tag)]));
    await mirrorAll(source, (tag) => stores.get(tag) ?? at(tag));
    assert.is(registry.logged("PUT upload").length, BLOBS);
    for (const [tag, store] of stores) assert.equal(await lacking(store, tag), []);
  });
});

test("where nothing is mounted, each repository gets each blob once", async () => {
  const source = await sourceOf(TAGS);
  await withRegistry({ ...LATE, mounts: false }, async (registry) => {
    const [one, other] = ["one", "other"].map((name) => openStore(registry, {}, name));
    if (one === undefined || other === undefined) return;
    await mirrorAll(source, (tag) => tag < "c" ? one : other);
    const large = registry.logged("PUT upload").filter(({ query }) =>
      decodeURIComponent(query).includes(BASE[0].descriptor.digest)
    );
    assert.is(large.length, 2);
    for (const tag of TAGS) assert.equal(await lacking(tag < "c" ? one : other, tag), []);
  });
});

test("when the one that is first fails, the next one goes on by itself", async () => {
  const source = await sourceOf(TAGS);
  const [{ descriptor: { digest } }] = BASE;
  const store = memoryStore("mirror.example/app");
  const memory = mirrorMemory();
  const mirror = (from: Store, tag: string): Promise<Mirrored> =>
    mirrorImage(from, tag, [{ store, tags: [tag] }], { memory });
  let fail = (): void => {};
  const failing = new Promise<never>((_, reject) => {
    fail = () => reject(new PauseError("registry", "Cannot read it: it broke off."));
  });
  let begun = (): void => {};
  const beginning = new Promise<void>((resolve) => begun = resolve);
  const broken: Store = {
    ...source,
    getBlob: async (blob) => {
      if (blob.digest !== digest) return await source.getBlob(blob);
      begun();
      return await failing;
    },
  };
  const first = mirror(broken, "a");
  await beginning;
  const second = mirror(source, "b");
  await sleep(5);
  fail();
  assert.equal(outcomes(await everySettled([first, second])), ["failed", "copied"]);
  assert.equal(await lacking(store, "b"), []);
  assert.is(await store.resolve("a"), undefined);
});

test("Ctrl-C ends the one that sends and those that wait for it", async () => {
  const source = await sourceOf(TAGS);
  const user = new AbortController();
  await withRegistry({}, async (registry) => {
    const { signal } = user;
    setMaxListeners(0, signal);
    registry.fault({ route: "upload", times: Infinity, fault: { silence: true } });
    const store = openStore(registry, { signal });
    const memory = mirrorMemory();
    const all = TAGS.map((tag) =>
      failsWith(
        ["interrupted"],
        () => mirrorImage(source, tag, [{ store, tags: [tag] }], { memory, signal }),
      )
    );
    while (registry.logged("PUT upload").length === 0) await later();
    user.abort();
    assert.is((await everySettled(all)).length, TAGS.length);
  });
});

/** Repositories of one registry in memory, where each call takes its time and one in `odds` fails. */
function frailRegistry(odds: number, run: number): (name: string) => Store {
  const held = new Map<string, Store>();
  let calls = 0;
  const fail = async (): Promise<void> => {
    await later();
    if (chance(run, calls++) < 1 / odds) throw new PauseError("registry", "Cannot: by chance.");
  };
  return (name) => {
    const known = held.get(name);
    if (known !== undefined) return known;
    const inner = memoryStore(`mirror.example/${name}`);
    const store: Store = {
      ...inner,
      resolve: async (ref) => (await fail(), await inner.resolve(ref)),
      hasBlob: async (blob) => (await fail(), await inner.hasBlob(blob)),
      putBlob: async (blob, open) => (await fail(), await inner.putBlob(blob, open)),
      putManifest: async (
        manifest,
        tags,
      ) => (await fail(), await inner.putManifest(manifest, tags)),
      async mountBlob(blob, from) {
        await fail();
        if (!from.name.startsWith("mirror.example/") || !await from.hasBlob(blob)) return false;
        await inner.putBlob(blob, () => from.getBlob(blob));
        return true;
      },
    };
    held.set(name, store);
    return store;
  };
}

test("many images, few blobs, failures at any call: every run ends, and what is there is whole", async () => {
  const tags = Array.from({ length: 16 }, (_, at) => `t${at}`);
  const source = await sourceOf(tags);
  for (let run = 0; run < 6; run++) {
    const at = frailRegistry([3, 10, 40, 150][run % 4] ?? 3, run);
    const memory = mirrorMemory();
    const mirrored = await everySettled(
      tags.map((tag, index) =>
        mirrorImage(source, tag, [{ store: at(`repo${index % 3}`), tags: [tag] }], {
          memory,
          concurrency: 2,
        })
      ),
    );
    for (const [index, { deliveries }] of mirrored.entries()) {
      if (deliveries[0]?.outcome !== "copied") continue;
      const inner = at(`repo${index % 3}`);
      const found = await whole(inner, tags[index] ?? "");
      assert.equal(found, [], `run ${run}`);
    }
  }
});

/** What a frail store lacks, asked until it answers. */
async function whole(store: Store, tag: string): Promise<string[]> {
  for (;;) {
    try {
      return await lacking(store, tag);
    } catch (error) {
      if (!(error instanceof PauseError) || !error.message.endsWith("by chance.")) throw error;
    }
  }
}

test.run();
