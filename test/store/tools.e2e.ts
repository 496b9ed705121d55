/** Layouts and archives as skopeo, docker, podman and tar see them, and theirs as we do. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Command, commandLine, run } from "../../build/host/process.ts";
import { readManifest } from "../../build/oci/document.ts";
import { DOCKER, type MediaTypes, OCI } from "../../build/oci/media-types.ts";
import { archiveStore } from "../../build/store/archive/archive.ts";
import { archiveSource } from "../../build/store/archive/source.ts";
import { indexTar } from "../../build/store/archive/tar-reader.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import type { Store } from "../../build/store/store.ts";
import { withContainerd } from "../support/containerd.ts";
import { withDockerd } from "../support/docker.ts";
import type { Engine } from "../support/engine.ts";
import { withFolder } from "../support/folder.ts";
import { sampleIndex } from "../support/images.ts";
import { loadableImage } from "../support/loadable-image.ts";
import { withPodman } from "../support/podman.ts";
import { lacks, skip } from "../support/skip.ts";
import { putImage, readBlob } from "./put.ts";

/** The output of a command that has to succeed. */
async function output(...command: Command): Promise<string> {
  const { exitCode, stdout, stderr } = await run(command);
  assert.is(exitCode, 0, `${commandLine(command)}: ${stderr}`);
  return stdout;
}

function skopeo(...words: string[]): Promise<string> {
  return output("skopeo", "--insecure-policy", ...words);
}

/** Puts an index over two images. Returns its bytes. */
async function putIndex(store: Store, tag: string, types: MediaTypes = OCI): Promise<string> {
  const images = [await loadableImage("amd64", types), await loadableImage("arm64", types)];
  for (const image of images) await putImage(store, image);
  const index = sampleIndex(images, types);
  await store.putManifest(index, [tag]);
  await store.commit();
  return new TextDecoder().decode(index.bytes);
}

// skopeo 1.9 finds a tag only of OCI's media types, and without one takes the only image.
for (const [family, types, suffix] of [["OCI", OCI, ":3.10"], ["Docker", DOCKER, ""]] as const) {
  test(`skopeo reads an index from our layout and our archive byte for byte, ${family}'s`, async () => {
    const missing = lacks("skopeo");
    if (missing) return skip(missing);
    await withFolder(async (folder) => {
      const [layout, archive] = [join(folder, "out"), join(folder, "out.tar")];
      const bytes = await putIndex(layoutStore(layout), "3.10", types);
      await putIndex(archiveStore(archive, { form: "oci" }), "3.10", types);
      assert.is(await skopeo("inspect", "--raw", `oci:${layout}${suffix}`), bytes);
      assert.is(await skopeo("inspect", "--raw", `oci-archive:${archive}${suffix}`), bytes);
    });
  });
}

test("skopeo copies every platform out of our archive, and we find the same in its layout", async () => {
  const missing = lacks("skopeo");
  if (missing) return skip(missing);
  await withFolder(async (folder) => {
    const [archive, layout] = [join(folder, "out.tar"), join(folder, "skopeo")];
    const bytes = await putIndex(archiveStore(archive, { form: "oci" }), "3.10");
    await skopeo("copy", "--all", `oci-archive:${archive}:3.10`, `oci:${layout}:copied`);
    const store = layoutStore(layout);
    const read = await store.getManifest("copied");
    assert.is(new TextDecoder().decode(read.bytes), bytes);
    for (const architecture of ["amd64", "arm64"]) {
      const { layer, manifest } = await loadableImage(architecture);
      assert.equal((await store.getManifest(manifest.descriptor.digest)).bytes, manifest.bytes);
      assert.equal(await readBlob(store, layer.descriptor), layer.bytes);
    }
  });
});

test("we read the archive that skopeo writes", async () => {
  const missing = lacks("skopeo");
  if (missing) return skip(missing);
  await withFolder(async (folder) => {
    const [layout, archive] = [join(folder, "out"), join(folder, "skopeo.tar")];
    const bytes = await putIndex(layoutStore(layout), "3.10");
    await skopeo("copy", "--all", `oci:${layout}:3.10`, `oci-archive:${archive}:copied`);
    const read = await archiveSource(archive).getManifest("copied");
    assert.is(new TextDecoder().decode(read.bytes), bytes);
  });
});

test("skopeo and we add tags to one layout without losing each other's", async () => {
  const missing = lacks("skopeo");
  if (missing) return skip(missing);
  await withFolder(async (folder) => {
    const layout = join(folder, "out");
    const image = await loadableImage("amd64");
    await putImage(layoutStore(layout), image, ["ours"]);
    await skopeo("copy", `oci:${layout}:ours`, `oci:${layout}:theirs`);
    await putImage(layoutStore(layout), await loadableImage("arm64"), ["ours-2"]);
    const tags: string[] = [];
    for await (const tag of layoutStore(layout).tags()) tags.push(tag);
    assert.equal(tags, ["ours", "ours-2", "theirs"]);
    const raw = await skopeo("inspect", "--raw", `oci:${layout}:theirs`);
    assert.is(raw, new TextDecoder().decode(image.manifest.bytes));
  });
});

/** An archive for `docker load` of one image. */
async function loadableArchive(file: string, types: MediaTypes): Promise<void> {
  const store = archiveStore(file, { form: "docker", repository: "example.org/pause" });
  await putImage(store, await loadableImage("amd64", types), ["3.10"]);
  await store.commit();
}

for (const [family, types] of [["OCI", OCI], ["Docker", DOCKER]] as const) {
  test(`skopeo copies an image out of our docker-archive, ${family}'s`, async () => {
    const missing = lacks("skopeo");
    if (missing) return skip(missing);
    await withFolder(async (folder) => {
      const [archive, layout] = [join(folder, "pause.tar"), join(folder, "skopeo")];
      await loadableArchive(archive, types);
      await skopeo("copy", `docker-archive:${archive}:example.org/pause:3.10`, `oci:${layout}:x`);
      const config = JSON.parse(await skopeo("inspect", "--config", `oci:${layout}:x`));
      assert.is(config.architecture, "amd64");
      assert.equal(config.config.Entrypoint, ["/hello"]);
    });
  });

  for (const [name, withEngine] of [["docker", withDockerd], ["podman", withPodman]] as const) {
    test(`${name} loads our docker-archive under its name, ${family}'s`, async () => {
      const missing = lacks(name, ...(name === "docker" ? ["dockerd"] : []));
      if (missing) return skip(missing);
      await withFolder((folder) =>
        withEngine(async (engine: Engine) => {
          await loadableArchive(join(folder, "pause.tar"), types);
          const reference = await engine.load(join(folder, "pause.tar"));
          assert.is(reference, "example.org/pause:3.10");
          const image = await engine.inspect(reference);
          assert.is(image["Architecture"], "amd64");
          const { config } = await loadableImage("amd64", types);
          assert.is(
            `sha256:${String(image["Id"]).replace("sha256:", "")}`,
            config.descriptor.digest,
          );
        })
      );
    });
  }
}

test("we read the archive that podman saves", async () => {
  const missing = lacks("podman");
  if (missing) return skip(missing);
  await withFolder((folder) =>
    withPodman(async (podman) => {
      const [ours, theirs] = [join(folder, "ours.tar"), join(folder, "theirs.tar")];
      await loadableArchive(ours, OCI);
      const reference = await podman.load(ours);
      await podman.client("save", "--format", "oci-archive", "--output", theirs, reference);
      const { bytes } = await archiveSource(theirs).getManifest(reference);
      const { config } = await loadableImage("amd64");
      assert.equal(readManifest(bytes).config.digest, config.descriptor.digest);
    })
  );
});

test("containerd imports our archives under their name", async () => {
  const missing = lacks("containerd", "ctr");
  if (missing) return skip(missing);
  await withFolder((folder) =>
    withContainerd(async (ctr) => {
      const [loadable, index] = [join(folder, "pause.tar"), join(folder, "index.tar")];
      await loadableArchive(loadable, OCI);
      await putIndex(archiveStore(index, { form: "oci", repository: "pause" }), "3.10");
      const import_ = ["image", "import", "--all-platforms", "--snapshotter", "native"];
      for (const archive of [loadable, index]) await ctr(...import_, archive);
      const names = (await ctr("image", "ls", "--quiet")).trim().split("\n").sort();
      assert.equal(names, ["docker.io/library/pause:3.10", "example.org/pause:3.10"]);
    })
  );
});

test("tar lists our archive, and we find in GNU's and pax archives what tar put there", async () => {
  const missing = lacks("tar");
  if (missing) return skip(missing);
  await withFolder(async (folder) => {
    await loadableArchive(join(folder, "ours.tar"), OCI);
    const listed = await output("tar", "-tf", join(folder, "ours.tar"));
    assert.match(listed, /^blobs\/sha256\/[0-9a-f]{64}\n[^]*manifest\.json\noci-layout\n$/);
    const long = "n".repeat(180);
    await writeFile(join(folder, long), "content");
    for (const format of ["gnu", "oldgnu", "pax", "posix"]) {
      const file = join(folder, `${format}.tar`);
      await output("tar", "-C", folder, `--format=${format}`, "-cf", file, `./${long}`);
      const extent = (await indexTar(file, () => true)).get(long);
      const bytes = await readFile(file);
      const found = bytes.subarray(extent?.start, (extent?.start ?? 0) + (extent?.size ?? 0));
      assert.is(found.toString(), "content", format);
    }
  });
});

test.run();
