import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadImages, planLoad } from "../../build/mirror/load.ts";
import { saveImages } from "../../build/mirror/save.ts";
import type { Reference } from "../../build/oci/reference.ts";
import { archiveStore } from "../../build/store/archive/archive.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";
import { copy } from "../../build/copy/copy.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { sampleImage } from "../support/images.ts";
import { withRegistry } from "../support/registry.ts";
import { app, pause, shelf } from "./savings.ts";

function archiveStoreOf(file: string): Store {
  return archiveStore(file, { form: "oci" });
}

const NAME = { repository: "registry.k8s.io/pause", tag: "3.10", ref: "v1" };

test("an archive is loaded into a registry, and loading it again sends nothing", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await saveImages([await pause()], file);
    await withRegistry({}, async ({ host, logged }) => {
      const open = ({ host, repository }: Reference): Store => registryStore({ host, repository });
      await loadImages(file, host, open);
      const uploads = logged("PUT upload").length;
      const { images } = await loadImages(file, host, open);
      assert.is(images[0]?.deliveries[0]?.outcome, "present");
      assert.is(logged("PUT upload").length, uploads);
    });
  });
});

test("an archive that was damaged or cut off is refused before anything is written", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await saveImages([await pause()], file);
    const bytes = await readFile(file);
    const nothing = (): Store => {
      throw new Error("nothing is to be opened");
    };
    await truncate(file, bytes.length - 10_000);
    const error = await failsWith(["verification"], () => loadImages(file, "x.example", nothing));
    assert.match(error.message, /its SHA-256 is .* says/);
    await writeFile(file, bytes);
    await writeFile(`${file}.sha256`, "nothing\n");
    await failsWith(["verification"], () => loadImages(file, "x.example", nothing));
    await writeFile(`${file}.sha256`, `${"A".repeat(64)}  a.tar\n`);
    await failsWith(["verification"], () => loadImages(file, "x.example", nothing));
  });
});

test("without a checksum what is damaged fails by its own digest, and the tag does not appear", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const one = await app();
    await copy(one.store, "v1", archiveStoreOf(file), { tags: ["docker.io/library/app:v1"] });
    const archive = archiveStoreOf(file);
    await copy(one.store, "v1", archive, { tags: ["docker.io/library/app:v1"] });
    await archive.commit();
    const bytes = await readFile(file);
    const { layer } = sampleImage(7);
    const at = bytes.indexOf(layer.bytes);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(file, bytes);
    const { at: store, open } = shelf();
    const { checked, images } = await loadImages(file, "x.example", open);
    assert.not.ok(checked);
    assert.is(images[0]?.deliveries[0]?.error?.code, "verification");
    assert.is(await store("x.example/library/app").resolve("v1"), undefined);
  });
});

test("archives of others are loaded by the name that they give to containerd", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const { store } = await app();
    for (const repository of ["registry.example/team/app", undefined]) {
      const archive = archiveStore(file, { form: "oci", ...(repository && { repository }) });
      await copy(store, "v1", archive, { tags: ["v1"] });
      await archive.commit();
      if (repository !== undefined) {
        const [loading] = await planLoad(file, "x.example/mirror");
        assert.is(loading?.name, "registry.example/team/app:v1");
        assert.equal(loading?.destination, {
          host: "x.example",
          repository: "mirror/team/app",
          tag: "v1",
        });
      } else {
        const error = await failsWith(["usage"], () => planLoad(file, "x.example"));
        assert.match(error.message, /mirror oci-archive:.*a\.tar:v1 HOST\/NAME:v1/);
      }
    }
  });
});

test("some images of an archive are loaded by their names", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await saveImages([await pause(), await app()], file);
    for (
      const name of [
        "registry.k8s.io/pause:3.10",
        "registry.k8s.io/pause",
        "pause:3.10",
        "pause",
      ]
    ) {
      const plan = await planLoad(file, "x.example", [name]);
      assert.equal(plan.map((one) => one.name), ["registry.k8s.io/pause:3.10"]);
    }
    const error = await failsWith(["usage"], () => planLoad(file, "x.example", ["nginx"]));
    assert.match(error.message, /nginx .*library\/app:v1, registry\.k8s\.io\/pause:3\.10/);
    const near = await failsWith(["usage"], () => planLoad(file, "x.example", ["pause:3.1"]));
    assert.match(near.message, /Did you mean "pause:3\.10"\?/);
  });
});

test("two images that would become one are refused", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const other = { ...await app(8), repository: "quay.io/pause", tag: "3.10" };
    await saveImages([await pause(), other], file);
    const error = await failsWith(["usage"], () => planLoad(file, "x.example"));
    assert.match(error.message, /quay\.io\/pause:3\.10 and registry\.k8s\.io\/pause:3\.10/);
    for (const name of ["pause", "pause:3.10"]) {
      const both = await failsWith(["usage"], () => planLoad(file, "x.example", [name]));
      assert.match(both.message, /it has quay\.io\/pause, registry\.k8s\.io\/pause\. Write one/);
    }
    await failsWith(
      ["usage"],
      async () => saveImages([await pause(), { ...other, ...NAME }], file),
    );
  });
});

test.run();
