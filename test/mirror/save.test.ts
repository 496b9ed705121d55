import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { run } from "../../build/host/process.ts";
import { loadImages } from "../../build/mirror/load.ts";
import { saveImages } from "../../build/mirror/save.ts";
import { readWanted } from "../../build/mirror/subset.ts";
import { ANNOTATION } from "../../build/oci/annotations.ts";
import { readManifest } from "../../build/oci/document.ts";
import { archiveSource } from "../../build/store/archive/source.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { sampleImage } from "../support/images.ts";
import { killedAt, lacking, recorded, referrersIn, refusing } from "./stores.ts";
import { upstreamStore } from "./upstream-image.ts";
import { app, pause, shelf } from "./savings.ts";
import { IMAGE } from "./whole.ts";

const DIGEST = IMAGE.index.descriptor.digest;
const MANIFEST = "manifest.json";

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

test("what a save that broke off had finished is in the archive with all that hangs on it", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const whole = await saveImages([await pause(), await app()], join(folder, "whole.tar"));
    const broken = { ...await app(), store: refusing((await app()).store, /^getBlob/) };
    await failsWith(["registry"], async () => saveImages([await pause(), broken], file));
    const saved = await saveImages([await pause(), await app()], file);
    assert.is(saved.sha256, whole.sha256);
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

/** The manifest.json of an archive for `docker load`. */
async function loadList(file: string): Promise<{ RepoTags: string[]; Config: string }[]> {
  const { stdout } = await run(["tar", "--extract", "--to-stdout", "--file", file, MANIFEST]);
  return JSON.parse(stdout);
}

test("for docker load there are images of one platform each, under their names, and no index", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const save = async (platform: string): Promise<unknown> =>
      await saveImages([await pause(), await app()], file, {
        form: "docker",
        subset: { form: "sparse", platforms: [readWanted(platform)] },
      });
    await save("linux/amd64");
    const image = IMAGE.images.get("linux/amd64");
    const configs = [sampleImage(7).manifest, image].map((one) =>
      one && `blobs/sha256/${readManifest(one.bytes).config.digest.slice(7)}`
    );
    assert.equal((await loadList(file)).map(({ RepoTags, Config }) => [RepoTags, Config]), [
      [["docker.io/library/app:v1"], configs[0]],
      [["registry.k8s.io/pause:3.10"], configs[1]],
    ]);
    const { at, open } = shelf();
    await loadImages(file, "x.example", open);
    assert.is(
      (await at("x.example/pause").resolve("3.10"))?.digest,
      image?.descriptor.digest,
    );
    const error = await failsWith(["usage"], () => save("windows/amd64"));
    assert.match(error.message, /windows\/amd64 10\.0\.17763.*--platform/);
    await failsWith(["usage"], () => save("linux/riscv64"));
    // What stands alone may be for another platform, too.
    const other = await failsWith(["usage"], () => save("linux/arm64"));
    assert.match(other.message, /library\/app:v1 .*linux\/arm64.*linux\/amd64/);
  });
});

test("for docker load one image under two names is in the archive once", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const names = [await app(), { ...await app(), repository: "quay.io/app" }];
    await saveImages(names, file, { form: "docker" });
    assert.equal((await loadList(file)).map(({ RepoTags }) => RepoTags), [
      ["docker.io/library/app:v1", "quay.io/app:v1"],
    ]);
  });
});

test("no image at all is no archive", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await failsWith(["usage"], () => saveImages([], file));
    assert.equal(await readdir(folder), []);
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
