import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  EXAMPLE,
  firstRun,
  type Fleet,
  laterRun,
  type Load,
  scaleTable,
  transferHours,
} from "../../bench/mirror-scale.ts";
import { readSyncFile } from "../../build/mirror/sync/file.ts";
import { itemsOf } from "../../build/mirror/sync/items.ts";
import { openSyncStores } from "../../build/mirror/sync/stores.ts";
import { syncItems } from "../../build/mirror/sync/sync.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { anonymous } from "../store/registry/open.ts";
import { putImage } from "../store/put.ts";
import { type SampleImage, sampleImage, sampleIndex } from "../support/images.ts";
import { type TestRegistry, withRegistry } from "../support/registry.ts";

/** An image of the fleet: as many platforms as its shape has, each a config and a layer. */
function imagesOf(fleet: Fleet, seed: number): SampleImage[] {
  const { manifests, largeBlobs } = fleet.shape;
  const platforms = Math.max(1, manifests - 1);
  const layerSize = largeBlobs > 0 ? 17 * 1024 : 100;
  return Array.from(
    { length: platforms },
    (_, at) => sampleImage(seed * 100 + at, { layerSize }),
  );
}

/** Fills the source; the images that have an index are those of more than one manifest. */
async function fill(host: string, fleet: Fleet): Promise<string[]> {
  const names: string[] = [];
  for (let at = 0; at < fleet.images; at++) {
    const repository = `team/image${at % fleet.repositories}`;
    const store = registryStore({ host, repository }, { credentials: anonymous });
    const images = imagesOf(fleet, at);
    const hasIndex = fleet.shape.manifests > 1;
    for (const image of images) await putImage(store, image, hasIndex ? [] : [`v${at}`]);
    if (hasIndex) await store.putManifest(sampleIndex(images), [`v${at}`]);
    names.push(`${host}/${repository}:v${at}`);
  }
  return names;
}

async function withRegistries(
  count: number,
  use: (registries: readonly TestRegistry[]) => Promise<void>,
  made: readonly TestRegistry[] = [],
): Promise<void> {
  if (made.length === count) return await use(made);
  await withRegistry({}, (one) => withRegistries(count, use, [...made, one]));
}

/** What two runs in a row ask of the source and of each registry. */
async function simulate(fleet: Fleet): Promise<readonly (readonly number[])[]> {
  const counts: number[][] = [];
  await withRegistries(fleet.registries + 1, async (registries) => {
    const [source, ...others] = registries;
    const names = await fill(source?.host ?? "", fleet);
    const text = [
      "version: 1",
      "sources:",
      ...names.map((name) => `  - image: ${name}`),
      "destinations:",
      ...others.map(({ host }) => `  - to: "${host}/{path}"`),
    ].join("\n");
    const file = readSyncFile(new TextEncoder().encode(text), "fleet.yaml");
    for (let run = 0; run < 2; run++) {
      const before = registries.map(({ log }) => log.length);
      const stores = await openSyncStores(file, {
        environment: { HOME: "/nonexistent" },
        folder: "/",
      });
      const { items } = await itemsOf(file, stores, { readList: () => Promise.resolve("") });
      const synced = await syncItems(items, stores);
      assert.equal([...new Set(synced.map(({ outcome }) => outcome))], ["done"]);
      counts.push(registries.map(({ log }, at) => log.length - (before[at] ?? 0)));
    }
  });
  return counts;
}

const expected = ({ source, registry }: Load, { registries }: Fleet): readonly number[] => [
  source,
  ...Array<number>(registries).fill(registry),
];

const SHAPES: Readonly<Record<string, Fleet["shape"]>> = {
  "an image without an index": { manifests: 1, smallBlobs: 2, largeBlobs: 0, bytes: 0 },
  "two platforms with small layers": { manifests: 3, smallBlobs: 4, largeBlobs: 0, bytes: 0 },
  "two platforms with large layers": { manifests: 3, smallBlobs: 2, largeBlobs: 2, bytes: 0 },
  "four platforms": { manifests: 5, smallBlobs: 8, largeBlobs: 0, bytes: 0 },
};

for (const [what, shape] of Object.entries(SHAPES)) {
  test(`a simulation asks as many requests as are reckoned: ${what}`, async () => {
    const fleet = { images: 4, repositories: 4, registries: 2, shape };
    assert.equal(await simulate(fleet), [
      expected(firstRun(fleet), fleet),
      expected(laterRun(fleet), fleet),
    ]);
  });
}

test("the requests grow with images and registries as is reckoned", async () => {
  const shape = SHAPES["two platforms with small layers"];
  if (shape === undefined) throw new Error("no shape");
  const fleet = { images: 24, repositories: 24, registries: 5, shape };
  assert.equal(await simulate(fleet), [
    expected(firstRun(fleet), fleet),
    expected(laterRun(fleet), fleet),
  ]);
});

test("docs/mirror-at-scale.md has the table that is reckoned", () => {
  const document = readFileSync("docs/mirror-at-scale.md", "utf8");
  const unaligned = (text: string): string => text.replaceAll(/ +/g, " ").replaceAll(/-+/g, "-");
  assert.ok(
    unaligned(document).includes(unaligned(scaleTable())),
    `it should have:\n${scaleTable()}`,
  );
});

test("docs/mirror-at-scale.md has the hours that the bytes take", () => {
  const document = readFileSync("docs/mirror-at-scale.md", "utf8").replaceAll(/\s+/g, " ");
  const hours = (registries: number, bitsPerSecond: number): string =>
    transferHours(firstRun({ ...EXAMPLE, registries }).sourceBytes, bitsPerSecond).toFixed(1);
  assert.ok(document.includes(`100 TB, and at 10 Gbit/s that alone takes ${hours(100, 10e9)} h`));
  assert.ok(document.includes(`1 TB, ${hours(1, 1e9)} h at 1 Gbit/s`));
});

test.run();
