import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bundleCarrier, onDeno, onNode, type Runtime } from "../../bench/registry/carrier.ts";
import { timed } from "../../bench/race.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { withFolder } from "../support/folder.ts";
import { type SampleImage, sampleImage, sampleIndex } from "../support/images.ts";
import { type TestRegistry, withRegistry } from "../support/registry.ts";
import { putImage } from "../store/put.ts";
import { openStore } from "../store/registry/open.ts";

/** The first is for linux/amd64. */
const IMAGES: readonly SampleImage[] = [1, 2, 3].map((seed) => sampleImage(seed));
const [FIRST] = IMAGES as [SampleImage, ...SampleImage[]];
const INDEX = sampleIndex(IMAGES);
const RUNTIMES: Readonly<Record<string, Runtime>> = { Deno: onDeno, Node: onNode };

async function withIndex(use: (registry: TestRegistry) => Promise<void>): Promise<void> {
  await withRegistry({}, async (registry) => {
    const store = openStore(registry);
    for (const image of IMAGES) await putImage(store, image);
    await store.putManifest(INDEX, ["3.10"]);
    await use(registry);
  });
}

for (const [name, runtime] of Object.entries(RUNTIMES)) {
  test(`the measured program pulls one platform on ${name}, and nothing else`, async () => {
    await withFolder(async (folder) => {
      const program = await bundleCarrier(folder);
      const to = join(folder, "layout");
      await withIndex(async ({ host }) => {
        await timed(runtime(program, `${host}/k8s/pause:3.10`, `oci:${to}:got`, "linux/amd64"));
      });
      const root = await layoutStore(to).resolve("got");
      assert.is(root?.digest, FIRST.manifest.descriptor.digest);
      assert.is((await readdir(join(to, "blobs/sha256"))).length, 3);
    });
  });

  test(`the measured program carries an index from registry to registry on ${name}`, async () => {
    await withFolder(async (folder) => {
      const program = await bundleCarrier(folder);
      await withIndex((from) =>
        withRegistry({}, async (to) => {
          const at = ({ host }: TestRegistry): string => `${host}/k8s/pause:3.10`;
          await timed(runtime(program, at(from), at(to)));
          const root = await openStore(to).resolve("3.10");
          assert.is(root?.digest, INDEX.descriptor.digest);
        })
      );
    });
  });
}

test.run();
