import { test } from "uvu";
import * as assert from "uvu/assert";
import { copy } from "../../../build/copy/copy.ts";
import { registryStore } from "../../../build/store/registry/registry.ts";
import type { Store } from "../../../build/store/store.ts";
import { sampleImage, sampleIndex } from "../../support/images.ts";
import { type TestRegistry, withRegistry } from "../../support/registry.ts";
import { replaced } from "../../support/registry/alterations.ts";
import { failsWith } from "../../support/fails.ts";
import { putImage } from "../put.ts";
import { anonymous, IMPATIENT, openStore } from "./open.ts";

/** One with a layer so large that it is asked for before it is sent. */
const IMAGES = [sampleImage(1), sampleImage(2, { layerSize: 100_000 })];
const INDEX = sampleIndex(IMAGES);

async function fill(store: Store): Promise<void> {
  for (const image of IMAGES) await putImage(store, image);
  await store.putManifest(INDEX, ["3.10"]);
}

function storeIn({ host }: TestRegistry, repository: string): Store {
  return registryStore({ host, repository }, { credentials: anonymous, retry: IMPATIENT });
}

/** How often each path was got. */
function got(registry: TestRegistry, after: number): number[] {
  const paths = registry.log.slice(after).filter(({ method }) => method === "GET")
    .map(({ path }) => path);
  return [...new Set(paths)].map((path) => paths.filter((one) => one === path).length);
}

test("a copy within one registry mounts every blob and reads each manifest once", async () => {
  await withRegistry({}, async (registry) => {
    await fill(storeIn(registry, "from"));
    const before = registry.log.length;
    const to = storeIn(registry, "to");
    await copy(storeIn(registry, "from"), "3.10", to, { tags: ["3.10"] });
    assert.is((await to.resolve("3.10"))?.digest, INDEX.descriptor.digest);
    assert.is(registry.log.slice(before).filter(({ route }) => route === "upload").length, 0);
    assert.equal(got(registry, before), [1, 1, 1]);
  });
});

test("a copy from registry to registry reads each manifest and each blob once", async () => {
  await withRegistry({}, (registry) =>
    withRegistry({}, async (other) => {
      await fill(openStore(registry));
      const before = registry.log.length;
      await copy(openStore(registry), "3.10", openStore(other), { tags: ["3.10"] });
      assert.is((await openStore(other).resolve("3.10"))?.digest, INDEX.descriptor.digest);
      assert.equal(got(registry, before), [1, 1, 1, 1, 1, 1, 1]);
      assert.equal(got(other, 0), []);
    }));
});

test("a copy by tag carries what was read, though the tag's HEAD names something else", async () => {
  await withRegistry({}, (registry) =>
    withRegistry({}, async (other) => {
      await fill(openStore(registry));
      registry.fault({
        route: "manifest",
        method: "HEAD",
        times: 99,
        fault: {
          status: 200,
          headers: {
            "content-type": IMAGES[0]?.manifest.descriptor.mediaType ?? "",
            "docker-content-digest": IMAGES[0]?.manifest.descriptor.digest ?? "",
          },
        },
      });
      const root = await copy(openStore(registry), "3.10", openStore(other), { tags: ["3.10"] });
      assert.is(root.digest, INDEX.descriptor.digest);
      assert.is((await openStore(other).resolve("3.10"))?.digest, INDEX.descriptor.digest);
    }));
});

test("a copy whose source gives another child than its list names leaves the tag where it was", async () => {
  await withRegistry({}, (registry) =>
    withRegistry({}, async (other) => {
      await fill(openStore(registry));
      await putImage(openStore(other), sampleImage(9), ["3.10"]);
      const fault = { alter: replaced(sampleImage(3).manifest.bytes) };
      registry.fault({ route: "manifest", method: "GET", nth: 2, fault });
      await failsWith(["verification"], () =>
        copy(openStore(registry), "3.10", openStore(other), { tags: ["3.10"] }));
      const there = await openStore(other).resolve("3.10");
      assert.is(there?.digest, sampleImage(9).manifest.descriptor.digest);
    }));
});

test.run();
