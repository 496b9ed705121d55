import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { unpackTar } from "modern-tar";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { digestParts } from "../../build/oci/digest.ts";
import { DOCKER, OCI } from "../../build/oci/media-types.ts";
import { archiveStore } from "../../build/store/archive/archive.ts";
import { archiveSource } from "../../build/store/archive/source.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { sampleImage, sampleIndex } from "../support/images.ts";
import { putImage } from "./put.ts";

const [IMAGE, OTHER] = [sampleImage(1), sampleImage(2)];

/** The manifest.json of an archive. */
async function loadList(file: string): Promise<unknown> {
  const entries = await unpackTar(await readFile(file));
  const entry = entries.find(({ header }) => header.name === "manifest.json");
  return JSON.parse(new TextDecoder().decode(entry?.data));
}

for (const types of [OCI, DOCKER]) {
  test(`an archive for docker load says what to load, of ${types.manifest}`, () =>
    withFolder(async (folder) => {
      const file = join(folder, "a.tar");
      const image = sampleImage(1, { types });
      const store = archiveStore(file, { form: "docker", repository: "example.org/pause" });
      await putImage(store, image, ["3.10", "latest"]);
      await store.commit();
      const path = ({ descriptor }: typeof image.config): string =>
        `blobs/sha256/${digestParts(descriptor.digest).hex}`;
      assert.equal(await loadList(file), [{
        Config: path(image.config),
        RepoTags: ["example.org/pause:3.10", "example.org/pause:latest"],
        Layers: [path(image.layer)],
      }]);
      const read = await archiveSource(file).getManifest("3.10");
      assert.equal(read.bytes, image.manifest.bytes);
    }));
}

test("an archive for docker load without a repository has an image without a name", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const store = archiveStore(file, { form: "docker" });
    await putImage(store, IMAGE, ["3.10"]);
    await store.commit();
    assert.equal((await loadList(file) as { RepoTags: unknown }[])[0]?.RepoTags, []);
  }));

test("an archive for docker load takes no index, and says how to choose a platform", () =>
  withFolder(async (folder) => {
    const store = archiveStore(join(folder, "a.tar"), { form: "docker" });
    await putImage(store, IMAGE);
    const error = await failsWith(
      ["usage"],
      () => store.putManifest(sampleIndex([IMAGE]), ["3.10"]),
    );
    assert.match(error.message, /Choose one with ARCH=/);
    await store.abandon();
    assert.equal(await readdir(folder), []);
  }));

test("an archive for docker load lists several images, each under its names, in one order", () =>
  withFolder(async (folder) => {
    const puts: readonly [typeof IMAGE, string[]][] = [
      [IMAGE, ["a", "b"]],
      [OTHER, ["c"]],
      [IMAGE, ["0"]],
    ];
    const files = [join(folder, "a.tar"), join(folder, "b.tar")] as const;
    for (const [at, file] of files.entries()) {
      const store = archiveStore(file, { form: "docker", repository: "example.org/pause" });
      for (const [image, tags] of at === 0 ? puts : [...puts].reverse()) {
        await putImage(store, image, tags);
      }
      await store.commit();
    }
    const listed = await loadList(files[0]) as { RepoTags: string[] }[];
    assert.equal(listed.map(({ RepoTags }) => RepoTags), [
      ["example.org/pause:0", "example.org/pause:a", "example.org/pause:b"],
      ["example.org/pause:c"],
    ]);
    assert.ok((await readFile(files[0])).equals(await readFile(files[1])));
  }));

test("an image whose only tag went to another one is not in the list for docker load", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const store = archiveStore(file, { form: "docker", repository: "pause" });
    await putImage(store, IMAGE, ["3.10"]);
    await putImage(store, OTHER, ["3.10"]);
    await store.commit();
    const config = `blobs/sha256/${digestParts(OTHER.config.descriptor.digest).hex}`;
    const listed = await loadList(file) as { Config: string; RepoTags: string[] }[];
    assert.equal(listed.map(({ Config, RepoTags }) => [Config, RepoTags]), [
      [config, ["pause:3.10"]],
    ]);
  }));

test.run();
