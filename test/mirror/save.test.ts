import { existsSync } from "node:fs";
import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { run } from "../../build/host/process.ts";
import { loadImages, planLoad } from "../../build/mirror/load.ts";
import { saveImages, type Saving } from "../../build/mirror/save.ts";
import { readWanted } from "../../build/mirror/subset.ts";
import { ANNOTATION } from "../../build/oci/annotations.ts";
import { readManifest } from "../../build/oci/document.ts";
import { formatReference, type Reference } from "../../build/oci/reference.ts";
import { archiveStore } from "../../build/store/archive/archive.ts";
import { archiveSource } from "../../build/store/archive/source.ts";
import { memoryStore } from "../../build/store/memory.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";
import { copy } from "../../build/copy/copy.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { sampleImage } from "../support/images.ts";
import { withRegistry } from "../support/registry.ts";
import { putImage } from "../store/put.ts";
import { killedAt, lacking, recorded, referrersIn } from "./stores.ts";
import { upstreamImage, upstreamStore } from "./upstream-image.ts";

const IMAGE = upstreamImage();
const DIGEST = IMAGE.index.descriptor.digest;

async function pause(store?: Store): Promise<Saving> {
  return {
    store: store ?? await upstreamStore(IMAGE),
    ref: "3.10",
    repository: "registry.k8s.io/pause",
    tag: "3.10",
  };
}

async function app(seed = 7): Promise<Saving> {
  const store = memoryStore("docker.io/library/app");
  await putImage(store, sampleImage(seed), ["v1"]);
  return { store, ref: "v1", repository: "docker.io/library/app", tag: "v1" };
}

/** Repositories in memory, made when they are asked for. */
function shelf(): { open: (reference: Reference) => Store; at: (name: string) => Store } {
  const stores = new Map<string, Store>();
  const at = (name: string): Store => {
    const store = stores.get(name) ?? memoryStore(name);
    stores.set(name, store);
    return store;
  };
  return { at, open: ({ host, repository }) => at(formatReference({ host, repository })) };
}

test("saved and loaded, images have their digests, platforms, signatures and paths", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "airgap.tar");
    const saved = await saveImages([await pause(), await app()], file);
    assert.equal(saved.images.map(({ digest }) => digest), [
      DIGEST,
      sampleImage(7).manifest.descriptor.digest,
    ]);
    assert.equal((await readdir(folder)).sort(), ["airgap.tar", "airgap.tar.sha256"]);
    const { at, open } = shelf();
    const { checked, images } = await loadImages(file, "10.0.0.5:5000/k8s/", open);
    assert.ok(checked);
    assert.equal(
      images.map(({ deliveries }) =>
        deliveries.map(({ destination, digest }) => [destination, digest])
      ),
      [
        [["10.0.0.5:5000/k8s/library/app:v1", sampleImage(7).manifest.descriptor.digest]],
        [["10.0.0.5:5000/k8s/pause:3.10", DIGEST]],
      ],
    );
    const loaded = at("10.0.0.5:5000/k8s/pause");
    assert.equal(await lacking(loaded, "3.10"), []);
    assert.equal((await loaded.getManifest("3.10")).bytes, IMAGE.index.bytes);
    const [sbom] = IMAGE.referrers;
    assert.equal(await referrersIn(loaded, IMAGE.index), [sbom?.descriptor.digest]);
    for (const [tag, { descriptor }] of IMAGE.cosign) {
      assert.is((await loaded.resolve(tag))?.digest, descriptor.digest);
    }
  });
});

test("an archive is loaded into a real registry, and loading it again sends nothing", async () => {
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

test("the same images make the same archive, and the checksum is one that sha256sum reads", async () => {
  await withFolder(async (folder) => {
    const [one, two] = [join(folder, "one.tar"), join(folder, "two.tar")];
    const first = await saveImages([await pause(), await app()], one);
    const second = await saveImages([await app(), await pause()], two);
    assert.is(first.sha256, second.sha256);
    assert.equal(await readFile(one), await readFile(two));
    assert.is(first.size, (await readFile(one)).length);
    const text = await readFile(`${one}.sha256`, "utf8");
    assert.is(text, `${first.sha256.slice(7)}  one.tar\n`);
  });
});

test("engines find names of images alone in the archive: what hangs on them has none", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await saveImages([await pause()], file);
    const { list } = await archiveSource(file).entries();
    const named = list.flatMap(({ descriptor: { annotations = {} } }) => {
      const name = annotations[ANNOTATION.refName];
      return name === undefined ? [] : [[name, annotations[ANNOTATION.containerdName]]];
    });
    assert.equal(named, [["registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"]]);
    assert.is(
      list.filter(({ descriptor }) => descriptor.annotations?.[ANNOTATION.hangingName]).length,
      2,
    );
  });
});

test("a save that broke off goes on: what was fetched is not fetched again, and the archive is the same", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const whole = await saveImages([await pause()], join(folder, "whole.tar"));
    for (const nth of [5, 30, 50]) {
      const source = killedAt(await upstreamStore(IMAGE), nth);
      await failsWith(["registry"], async () => saveImages([await pause(source)], file));
      assert.not.ok(existsSync(file));
    }
    const part = await readdir(join(folder, "a.tar.part", "blobs", "sha256"));
    assert.ok(part.length > 3, `${part.length} blobs are kept`);
    const { store, calls } = recorded(await upstreamStore(IMAGE));
    const saved = await saveImages([await pause(store)], file);
    const fetched = calls.filter((call) => call.startsWith("getBlob")).map((call) =>
      call.slice(15)
    );
    assert.equal(fetched.filter((hex) => part.includes(hex)), []);
    assert.is(saved.sha256, whole.sha256);
    assert.equal((await readdir(folder)).sort(), [
      "a.tar",
      "a.tar.sha256",
      "whole.tar",
      "whole.tar.sha256",
    ]);
  });
});

test("what an interrupted save of other images left is no part of the archive", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const source = killedAt(await upstreamStore(IMAGE), 50);
    await saveImages([await pause(source)], file).catch(() => {});
    const saved = await saveImages([await app()], file);
    const clean = await saveImages([await app()], join(folder, "clean.tar"));
    assert.is(saved.sha256, clean.sha256);
  });
});

test("killed at any moment, the file is the old archive or the new one, and its checksum never lies", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await saveImages([await app(1)], file);
    const older = await readFile(file);
    for (let nth = 1; nth < 80; nth += 7) {
      const source = killedAt(await upstreamStore(IMAGE), nth);
      const failed = await saveImages([await pause(source)], file).then(() => false, () => true);
      if (failed) assert.ok(older.equals(await readFile(file)), `call ${nth}`);
      const { checked } = await loadImages(file, "x.example", shelf().open);
      assert.ok(checked);
    }
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

function archiveStoreOf(file: string): Store {
  return archiveStore(file, { form: "oci" });
}

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
    for (const name of ["registry.k8s.io/pause:3.10", "pause:3.10", "registry.k8s.io/pause"]) {
      const plan = await planLoad(file, "x.example", [name]);
      assert.equal(plan.map((one) => one.name), ["registry.k8s.io/pause:3.10"]);
    }
    const error = await failsWith(["usage"], () => planLoad(file, "x.example", ["nginx"]));
    assert.match(error.message, /nginx .*library\/app:v1, registry\.k8s\.io\/pause:3\.10/);
  });
});

test("two images that would become one are refused", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const other = { ...await app(8), repository: "quay.io/pause", tag: "3.10" };
    await saveImages([await pause(), other], file);
    const error = await failsWith(["usage"], () => planLoad(file, "x.example"));
    assert.match(error.message, /quay\.io\/pause:3\.10 and registry\.k8s\.io\/pause:3\.10/);
    await failsWith(
      ["usage"],
      async () => saveImages([await pause(), { ...other, ...NAME }], file),
    );
  });
});

const NAME = { repository: "registry.k8s.io/pause", tag: "3.10", ref: "v1" };

test("for docker load there is one image of one platform, and several are refused", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const save = async (platform: string): Promise<unknown> =>
      await saveImages([await pause()], file, {
        form: "docker",
        subset: { form: "sparse", platforms: [readWanted(platform)] },
      });
    await save("linux/arm64");
    const { stdout } = await run([
      "tar",
      "--extract",
      "--to-stdout",
      "--file",
      file,
      "manifest.json",
    ]);
    const [{ RepoTags, Config }] = JSON.parse(stdout);
    assert.equal(RepoTags, ["registry.k8s.io/pause:3.10"]);
    const image = IMAGE.images.get("linux/arm64");
    assert.is(Config, image && `blobs/sha256/${readManifest(image.bytes).config.digest.slice(7)}`);
    const error = await failsWith(["usage"], () => save("windows/amd64"));
    assert.match(error.message, /windows\/amd64 10\.0\.17763.*--platform/);
    await failsWith(["usage"], () => save("linux/riscv64"));
    await failsWith(
      ["usage"],
      async () => saveImages([await pause(), await app()], file, { form: "docker" }),
    );
  });
});

test("a file that is something else is not replaced, and is no archive to load", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await writeFile(file, "my diary");
    await failsWith(["usage"], async () => saveImages([await pause()], file));
    await failsWith(["verification", "usage"], () => loadImages(file, "x.example", shelf().open));
    assert.is(await readFile(file, "utf8"), "my diary");
    const error = await loadImages(join(folder, "none.tar"), "x.example", shelf().open)
      .catch((thrown) => thrown);
    assert.instance(error, PauseError);
    assert.is(error.code, "storage");
  });
});

test.run();
