/** Layouts that are none, malformed, spoilt, or left by a process that was killed. */

import { readdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { content } from "../../build/oci/descriptor.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { folderFiles, readDocument } from "../../build/store/layout/files.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { bytesOf, sampleImage } from "../support/images.ts";
import { deadOwner } from "../support/owners.ts";
import { at, fingerprint, readIndexJson } from "./layout-folder.ts";
import { putBlob, putImage, readBlob } from "./put.ts";

const IMAGE = sampleImage(1);
const OTHER = sampleImage(2);

test("a folder that holds something else is refused, and nothing is written", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "thesis.txt"), "42");
    const store = layoutStore(folder);
    const acts: (() => Promise<unknown>)[] = [
      () => store.resolve("3.10"),
      () => store.hasBlob(IMAGE.layer.descriptor),
      () => readBlob(store, IMAGE.layer.descriptor),
      () => putBlob(store, IMAGE.layer),
      () => store.putManifest(IMAGE.manifest, ["3.10"]),
    ];
    for (const act of acts) {
      const error = await failsWith(["usage"], act);
      assert.match(error.message, /^Cannot use oci:.*something else than an OCI layout/);
    }
    assert.equal(await readdir(folder), ["thesis.txt"]);
  }));

test("a document that is removed between two looks at it is one that is not there", () =>
  withFolder(async (folder) => {
    const files = folderFiles(folder);
    assert.is(await readDocument({ ...files, size: () => Promise.resolve(2) }, "x"), undefined);
  }));

test("a file in the place of the folder is a storage error", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "out"), "x");
    await failsWith(["storage"], () => putBlob(layoutStore(join(folder, "out")), IMAGE.layer));
    assert.is(await readFile(join(folder, "out"), "utf8"), "x");
  }));

const MALFORMED: readonly (readonly [string, string, string])[] = [
  ["oci-layout", "{", "no JSON"],
  ["oci-layout", "{}", "imageLayoutVersion is undefined"],
  ["oci-layout", '{"imageLayoutVersion":"2.0.0"}', 'imageLayoutVersion is "2.0.0"'],
  ["index.json", "", "no JSON"],
  ["index.json", "[]", "no JSON object"],
  ["index.json", '{"manifests":[]}', "schemaVersion is not 2"],
  ["index.json", '{"schemaVersion":2,"manifests":{}}', "manifests are no list"],
  ["index.json", '{"schemaVersion":2,"manifests":[{}]}', "mediaType is missing"],
  ["index.json", " ".repeat(5_000_000), "5000000 bytes"],
];

for (const [name, text, found] of MALFORMED) {
  test(`a layout is refused, and left alone, when of its ${name} must be said: ${found}`, () =>
    withFolder(async (folder) => {
      await putImage(layoutStore(folder), IMAGE, ["3.10"]);
      await writeFile(join(folder, name), text);
      const before = await fingerprint(folder);
      const store = layoutStore(folder);
      const error = await failsWith(["verification"], () => store.resolve("3.10"));
      assert.ok(error.message.includes(found), error.message);
      assert.match(error.message, /Remove the folder \("\.\/make clean" removes out\/\)/);
      await failsWith(["verification"], () => store.putManifest(IMAGE.manifest, ["x"]));
      assert.equal(await fingerprint(folder), before);
    }));
}

test("a layout that lost its oci-layout says so, and is left alone", () =>
  withFolder(async (folder) => {
    await putImage(layoutStore(folder), IMAGE, ["3.10"]);
    await unlink(join(folder, "oci-layout"));
    const before = await fingerprint(folder);
    const error = await failsWith(["verification"], () => layoutStore(folder).resolve("3.10"));
    assert.match(error.message, /^Cannot read the layout oci:.*: its file oci-layout is lost/);
    assert.match(error.message, /Remove the folder \("\.\/make clean" removes out\/\)/);
    await failsWith(["verification"], () => putBlob(layoutStore(folder), OTHER.layer));
    assert.equal(await fingerprint(folder), before);
    await writeFile(join(folder, "index.json"), '{"name":"somebody else\'s"}');
    await failsWith(["usage"], () => layoutStore(folder).resolve("3.10"));
  }));

test("an empty index.json that Go wrote, with null for no manifests, is one", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.1.0"}');
    await writeFile(join(folder, "index.json"), '{"schemaVersion":2,"manifests":null}');
    await putImage(layoutStore(folder), IMAGE, ["3.10"]);
    assert.is((await readIndexJson(folder)).manifests.length, 1);
  }));

test("a blob that was spoilt is not there, cannot be read, and is put anew", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    await putImage(store, IMAGE, ["3.10"]);
    const { descriptor, bytes } = IMAGE.layer;
    for (const spoilt of [bytesOf(9, bytes.length), bytes.subarray(1), new Uint8Array()]) {
      await writeFile(at(folder, descriptor), spoilt);
      assert.is(await store.hasBlob(descriptor), false);
      await failsWith(["verification"], () => readBlob(store, descriptor));
      await putBlob(store, IMAGE.layer);
      assert.equal(await readBlob(store, descriptor), bytes);
    }
  }));

test("a manifest that was spoilt is not resolved, cannot be read, and is put anew", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    await putImage(store, IMAGE, ["3.10"]);
    const { descriptor, bytes } = IMAGE.manifest;
    await writeFile(at(folder, descriptor), bytesOf(9, bytes.length));
    for (const ref of ["3.10", descriptor.digest]) {
      assert.is(await store.resolve(ref), undefined);
      await failsWith(["verification", "storage"], () => store.getManifest(ref));
    }
    await store.putManifest(IMAGE.manifest, ["3.10"]);
    assert.is((await store.resolve("3.10"))?.digest, descriptor.digest);
  }));

test("an image that lost a layer is not whole, and says which", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    await putImage(store, IMAGE, ["3.10"]);
    await unlink(at(folder, IMAGE.layer.descriptor));
    const error = await failsWith(["storage"], () => readBlob(store, IMAGE.layer.descriptor));
    assert.ok(error.message.includes(`Cannot read ${IMAGE.layer.descriptor.digest} from oci:`));
  }));

test("a killed process's files do no harm and are swept", () =>
  withFolder(async (folder) => {
    const left = `${deadOwner()}-0123456789ab.tmp`;
    await writeFile(join(folder, `oci-layout.${left}`), "{");
    await putImage(layoutStore(folder), IMAGE, ["3.10"]);
    await writeFile(join(folder, `index.json.${left}`), "{");
    await writeFile(join(folder, "index.json.lock"), `${deadOwner()}-01234567`);
    await writeFile(`${at(folder, OTHER.layer.descriptor)}.${left}`, "half");
    await putImage(layoutStore(folder), OTHER, ["3.9"]);
    const names = await readdir(folder, { recursive: true, encoding: "utf8" });
    assert.equal(names.filter((name) => /tmp|lock/.test(name)), []);
    assert.is((await readIndexJson(folder)).manifests.length, 2);
  }));

test("a large blob is had by its size alone, and still checked when it is read", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    const { descriptor, bytes } = content(OCI.layer, new Uint8Array(8 * 1024 * 1024 + 1));
    await putBlob(store, { descriptor, bytes });
    await writeFile(at(folder, descriptor), bytes.with(1000, 1));
    assert.is(await store.hasBlob(descriptor), true);
    await failsWith(["verification"], () => readBlob(store, descriptor));
  }));

test.run();
