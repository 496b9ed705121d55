import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Descriptor, jsonContent } from "../../build/oci/descriptor.ts";
import { digestParts } from "../../build/oci/digest.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { sampleImage, sampleIndex } from "../support/images.ts";
import { storeBehaviour } from "./behaviour.ts";
import type { Bench } from "./bench.ts";
import { DELETIONS, TAG_DELETIONS } from "./deletion-behaviour.ts";
import { at, fingerprint, readIndexJson } from "./layout-folder.ts";
import { all, putBlob, putImage } from "./put.ts";

async function bench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), "layout-"));
  return {
    store: layoutStore(join(folder, "out")),
    reopen: () => Promise.resolve(layoutStore(join(folder, "out"))),
    dispose: () => rm(folder, { recursive: true }),
  };
}

storeBehaviour("layout", bench);
storeBehaviour("layout", bench, { ...DELETIONS, ...TAG_DELETIONS });

const IMAGE = sampleImage(1);
const OTHER = sampleImage(2);

test("a layout has the files that the specification names, and nothing else", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    await putImage(store, IMAGE, ["3.10"]);
    await store.commit();
    assert.is(
      await readFile(join(folder, "oci-layout"), "utf8"),
      '{"imageLayoutVersion":"1.0.0"}',
    );
    const { mediaType, digest, size } = IMAGE.manifest.descriptor;
    assert.equal(await readIndexJson(folder), {
      schemaVersion: 2,
      mediaType: OCI.index,
      manifests: [{
        mediaType,
        digest,
        size,
        annotations: { "org.opencontainers.image.ref.name": "3.10" },
      }],
    });
    const blobs = [IMAGE.layer, IMAGE.config, IMAGE.manifest]
      .map(({ descriptor }) => digestParts(descriptor.digest).hex).sort();
    assert.equal((await readdir(folder)).sort(), ["blobs", "index.json", "oci-layout"]);
    assert.equal((await readdir(join(folder, "blobs", "sha256"))).sort(), blobs);
  }));

test("index.json is the same bytes in whatever order the tags were put", () =>
  withFolder(async (folder) => {
    const files: string[] = [];
    for (const tags of [["a", "b", "c"], ["c", "a", "b"]]) {
      const place = join(folder, tags.join(""));
      const store = layoutStore(place);
      for (const tag of tags) await putImage(store, tag === "a" ? IMAGE : OTHER, [tag]);
      await putImage(store, sampleImage(3));
      await store.commit();
      files.push(await readFile(join(place, "index.json"), "utf8"));
    }
    assert.is(files[0], files[1]);
  }));

test("putting what is there already writes nothing", () =>
  withFolder(async (folder) => {
    const index = sampleIndex([IMAGE, OTHER]);
    const put = async (): Promise<void> => {
      const store = layoutStore(folder);
      for (const { layer, config, manifest } of [IMAGE, OTHER]) {
        for (const blob of [layer, config]) {
          if (!await store.hasBlob(blob.descriptor)) await putBlob(store, blob);
        }
        await store.putManifest(manifest, []);
      }
      await store.putManifest(index, ["3.10"]);
      await store.commit();
    };
    await put();
    const before = await fingerprint(folder);
    await put();
    assert.equal(await fingerprint(folder), before);
    assert.is(before.length, 11);
  }));

test("looking into a place that is not there makes nothing", () =>
  withFolder(async (folder) => {
    const store = layoutStore(join(folder, "none"));
    assert.is(await store.resolve("3.10"), undefined);
    assert.is(await store.hasBlob(IMAGE.layer.descriptor), false);
    await store.commit();
    assert.equal(await readdir(folder), []);
  }));

test("an image that nothing refers to is listed without a tag; one below an index is not", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    await putImage(store, IMAGE);
    await putImage(store, OTHER);
    await store.putManifest(sampleIndex([IMAGE]), ["3.10"]);
    await store.commit();
    const { manifests } = await readIndexJson(folder);
    assert.equal(manifests.map((entry: Descriptor) => entry.digest), [
      sampleIndex([IMAGE]).descriptor.digest,
      OTHER.manifest.descriptor.digest,
    ]);
    await store.putManifest(OTHER.manifest, ["3.9"]);
    assert.is((await readIndexJson(folder)).manifests.length, 2);
  }));

test("what other tools wrote into index.json is kept", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    await putImage(store, IMAGE, ["3.10"]);
    const foreign = {
      ...OTHER.manifest.descriptor,
      annotations: {
        "org.opencontainers.image.ref.name": "other",
        "io.containerd.image.name": "example.org/other:1",
      },
      data: "e30=",
      "x-unknown": { deep: [null, 1] },
    };
    const { schemaVersion, manifests } = await readIndexJson(folder);
    const index = {
      annotations: { "org.example": "1" },
      manifests: [foreign, ...manifests],
      schemaVersion,
      "x-unknown": true,
    };
    await writeFile(join(folder, "index.json"), JSON.stringify(index, null, 2));
    await putImage(layoutStore(folder), sampleImage(3), ["3.11"]);
    const after = await readIndexJson(folder);
    assert.equal(Object.keys(after), ["annotations", "manifests", "schemaVersion", "x-unknown"]);
    assert.equal(after.annotations, { "org.example": "1" });
    assert.equal(
      after.manifests.find((entry: Descriptor) => entry.digest === foreign.digest),
      foreign,
    );
    assert.is(after.manifests.length, 3);
  }));

test("a tag that two images have is not guessed at", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    await putImage(store, IMAGE, ["latest"]);
    await putImage(store, OTHER, ["other"]);
    const text = await readFile(join(folder, "index.json"), "utf8");
    await writeFile(join(folder, "index.json"), text.replace('"other"', '"latest"'));
    const error = await failsWith(["verification"], () => store.resolve("latest"));
    assert.match(error.message, /tag latest of oci:.*2 images have it/);
    await store.putManifest(IMAGE.manifest, ["latest"]);
    assert.is((await store.resolve("latest"))?.digest, IMAGE.manifest.descriptor.digest);
  }));

test("an unknown tag is answered with the tags that are there", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder, { name: "oci:out" });
    await putImage(store, IMAGE, ["3.10", "3.9"]);
    const error = await failsWith(["storage"], () => store.getManifest("3.1"));
    assert.is(error.message, "Cannot read 3.1 from oci:out: it is not there. It has 3.10, 3.9.");
  }));

test("layers that say where else they are to be had may be missing", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    const elsewhere = { ...IMAGE.layer.descriptor, urls: ["https://example.org/layer"] };
    const manifest = jsonContent(OCI.manifest, {
      schemaVersion: 2,
      mediaType: OCI.manifest,
      config: IMAGE.config.descriptor,
      layers: [elsewhere],
    });
    await putBlob(store, IMAGE.config);
    await store.putManifest(manifest, ["windows"]);
    assert.is((await store.resolve("windows"))?.digest, manifest.descriptor.digest);
  }));

test("a blob of a SHA-512 digest has its own folder", () =>
  withFolder(async (folder) => {
    const digest =
      "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";
    const descriptor: Descriptor = { mediaType: OCI.layer, digest, size: 0 };
    await putBlob(layoutStore(folder), { descriptor, bytes: new Uint8Array() });
    assert.is((await stat(at(folder, descriptor))).size, 0);
    assert.is(await layoutStore(folder).hasBlob(descriptor), true);
  }));

test("referrers are found below the index of the fallback tag too", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    const signature = sampleImage(3, { subject: IMAGE.manifest });
    await putImage(store, IMAGE, ["3.10"]);
    await putImage(store, signature);
    const tag = IMAGE.manifest.descriptor.digest.replace(":", "-");
    await store.putManifest(sampleIndex([signature]), [tag]);
    // Other tools list the fallback tag alone.
    const { manifests, ...fields } = await readIndexJson(folder);
    const tagged = manifests.filter(({ annotations }: Descriptor) => annotations);
    assert.is(manifests.length - tagged.length, 1);
    await writeFile(join(folder, "index.json"), JSON.stringify({ ...fields, manifests: tagged }));
    const found = await all(store.referrers(IMAGE.manifest.descriptor.digest));
    assert.equal(found.map(({ digest }) => digest), [signature.manifest.descriptor.digest]);
  }));

test("what refers to an image cannot be told while a part of the layout is missing that is no image", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    const [other, signature] = [sampleImage(2), sampleImage(3, { subject: IMAGE.manifest })];
    for (const image of [IMAGE, other, signature]) await putImage(store, image);
    await store.putManifest(sampleIndex([IMAGE, other]), ["3.10"]);
    await rm(at(folder, other.manifest.descriptor));
    assert.is((await all(store.referrers(IMAGE.manifest.descriptor.digest))).length, 1);
    await rm(at(folder, signature.manifest.descriptor));
    await failsWith(["storage"], () => all(store.referrers(IMAGE.manifest.descriptor.digest)));
  }));

test("what refers to an image cannot be told while index.json calls a manifest something else", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    const signature = sampleImage(3, { subject: IMAGE.manifest });
    for (const image of [IMAGE, signature]) await putImage(store, image);
    const { manifests, ...fields } = await readIndexJson(folder);
    const { digest } = signature.manifest.descriptor;
    const disguised = manifests.map((entry: Descriptor) =>
      entry.digest === digest ? { ...entry, mediaType: "application/vnd.example" } : entry
    );
    await writeFile(
      join(folder, "index.json"),
      JSON.stringify({ ...fields, manifests: disguised }),
    );
    const { message } = await failsWith(
      ["verification"],
      () => all(store.referrers(IMAGE.manifest.descriptor.digest)),
    );
    assert.match(message, `says that it is application/vnd.example, and it is ${OCI.manifest}`);
  }));

test("two writers that begin one layout at once both succeed", () =>
  withFolder(async (folder) => {
    for (let round = 0; round < 10; round++) {
      const place = join(folder, String(round));
      await Promise.all(
        [1, 2, 3, 4].map((seed) => putImage(layoutStore(place), sampleImage(seed), [`t${seed}`])),
      );
      assert.is((await readIndexJson(place)).manifests.length, 4);
    }
  }));

test("a manifest whose last tag is deleted is listed without one, and one with another tag is not", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    await putImage(store, IMAGE, ["3.10", "latest"]);
    const { mediaType, digest, size } = IMAGE.manifest.descriptor;
    await store.delete("3.10");
    assert.is((await readIndexJson(folder)).manifests.length, 1);
    await store.delete("latest");
    assert.equal((await readIndexJson(folder)).manifests, [{ mediaType, digest, size }]);
  }));

test.run();
