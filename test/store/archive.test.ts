import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packTar, unpackTar } from "modern-tar";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { content } from "../../build/oci/descriptor.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { archiveStore } from "../../build/store/archive/archive.ts";
import { requireReplaceable } from "../../build/store/archive/replaceable.ts";
import { archiveSource } from "../../build/store/archive/source.ts";
import type { Store } from "../../build/store/store.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { bytesOf, sampleImage } from "../support/images.ts";
import { deadOwner } from "../support/owners.ts";
import { storeBehaviour } from "./behaviour.ts";
import { putBlob, putImage, readBlob } from "./put.ts";

storeBehaviour("archive", async () => {
  const folder = await mkdtemp(join(tmpdir(), "archive-"));
  const file = join(folder, "out.tar");
  return {
    store: archiveStore(file, { form: "oci" }),
    reopen: () => Promise.resolve(archiveSource(file)),
    dispose: () => rm(folder, { recursive: true }),
  };
});

const IMAGE = sampleImage(1, { layerSize: 100_000 });
const OTHER = sampleImage(2);

/** Makes an archive and publishes it. */
async function make(store: Store, ...images: (typeof IMAGE)[]): Promise<void> {
  for (const [at, image] of images.entries()) await putImage(store, image, [`3.${at}`]);
  await store.commit();
}

test("nothing but the archive is left, and it is sorted, dated and owned the same each time", () =>
  withFolder(async (folder) => {
    await make(archiveStore(join(folder, "a.tar"), { form: "oci" }), IMAGE);
    assert.equal(await readdir(folder), ["a.tar"]);
    const entries = await unpackTar(await readFile(join(folder, "a.tar")), { strict: true });
    const names = entries.map(({ header }) => header.name);
    assert.equal(names, [...names].sort());
    assert.equal(names.slice(-2), ["index.json", "oci-layout"]);
    for (const { header: { type, mode, uid, gid, uname, gname, mtime } } of entries) {
      assert.equal([type, mode, uid, gid, uname, gname], ["file", 0o644, 0, 0, "", ""]);
      assert.is(mtime?.getTime(), 0);
    }
  }));

test("the same images make the same bytes, in whatever order and folder", () =>
  withFolder(async (folder) => {
    const one = archiveStore(join(folder, "one.tar"), { form: "oci" });
    const other = archiveStore(join(folder, "elsewhere", "other.tar"), { form: "oci" });
    await putImage(one, IMAGE, ["a"]);
    await putImage(one, OTHER, ["b"]);
    await putImage(other, OTHER, ["b"]);
    await putImage(other, IMAGE, ["a"]);
    await Promise.all([one.commit(), other.commit()]);
    const bytes = await readFile(join(folder, "one.tar"));
    assert.ok(bytes.equals(await readFile(join(folder, "elsewhere", "other.tar"))));
  }));

test("the files bear the time that was asked for", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await make(archiveStore(file, { form: "oci", epoch: 1_700_000_000 }), IMAGE);
    for (const { header } of await unpackTar(await readFile(file))) {
      assert.is(header.mtime?.toISOString(), "2023-11-14T22:13:20.000Z");
    }
  }));

test("an archive that has the bytes already is not written again", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await make(archiveStore(file, { form: "oci" }), IMAGE);
    const before = await stat(file);
    await make(archiveStore(file, { form: "oci" }), IMAGE);
    const after = await stat(file);
    assert.equal([after.ino, after.mtimeMs], [before.ino, before.mtimeMs]);
  }));

test("a new archive has what was put into it, and nothing of the old one", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await make(archiveStore(file, { form: "oci" }), IMAGE, OTHER);
    const store = archiveStore(file, { form: "oci" });
    assert.is(await store.resolve("3.0"), undefined);
    assert.is(await store.hasBlob(IMAGE.layer.descriptor), false);
    await make(store, OTHER);
    assert.is(await archiveSource(file).resolve("3.1"), undefined);
    assert.is(await archiveSource(file).hasBlob(IMAGE.layer.descriptor), false);
  }));

test("until it is committed, and when it is given up, the old archive stays", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await make(archiveStore(file, { form: "oci" }), IMAGE);
    const before = await readFile(file);
    const store = archiveStore(file, { form: "oci" });
    await putImage(store, OTHER, ["3.0"]);
    assert.ok(before.equals(await readFile(file)));
    await store.abandon();
    assert.ok(before.equals(await readFile(file)));
    assert.equal(await readdir(folder), ["a.tar"]);
  }));

test("committing nothing makes no archive", () =>
  withFolder(async (folder) => {
    await archiveStore(join(folder, "a.tar"), { form: "oci" }).commit();
    assert.equal(await readdir(folder), []);
  }));

test("a folder in the place of the archive is refused before anything is written", () =>
  withFolder(async (folder) => {
    await mkdir(join(folder, "a.tar"));
    const store = archiveStore(join(folder, "a.tar"), { form: "oci" });
    const error = await failsWith(["storage"], () => putBlob(store, IMAGE.layer));
    assert.match(error.message, /A folder has that name/);
    assert.equal(await readdir(folder), ["a.tar"]);
  }));

/** A tar of empty files. */
async function tarOf(...names: string[]): Promise<Uint8Array> {
  return await packTar(names.map((name) => ({ header: { name, size: 0 } })));
}

test("a file of somebody else is refused, and nothing is written", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const foreign = [
      new TextEncoder().encode("the only copy of a thesis"),
      bytesOf(7, 5000),
      await tarOf("manifest.json", "index.json", "thesis.tex"),
      new Uint8Array(10_240),
    ];
    for (const bytes of foreign) {
      await writeFile(file, bytes);
      for (const form of ["oci", "docker"] as const) {
        const error = await failsWith(["usage"], () => make(archiveStore(file, { form }), IMAGE));
        assert.match(
          error.message,
          /^Cannot write to .*a\.tar: there is a file that is no archive/,
        );
      }
      assert.ok((await readFile(file)).equals(bytes));
      assert.equal(await readdir(folder), ["a.tar"]);
    }
  }));

test("an archive is no stream, no folder, no device and no link to nothing", () =>
  withFolder(async (folder) => {
    await symlink(join(folder, "nothing"), join(folder, "link"));
    for (
      const [file, found] of [
        ["-", /^Cannot write to "-": an archive is written whole/],
        [folder, /A folder has that name/],
        ["/dev/null", /^Cannot write \/dev\/null: it is no ordinary file/],
        [join(folder, "link"), /it is a link to nothing/],
      ] as const
    ) {
      const error = await failsWith(["usage", "storage"], () => requireReplaceable(file));
      assert.match(error.message, found);
    }
  }));

test("an archive of images takes the place of another one, whichever tool made that", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const hex = "0123456789abcdef".repeat(4);
    const old = [
      ["index.json", "oci-layout"],
      ["./", "./blobs/sha256/" + hex, "./oci-layout"],
      [`${hex}.json`, `${hex}/layer.tar`, "manifest.json", "repositories"],
      [`sha256:${hex}`, "manifest.json"],
    ];
    for (const names of old) {
      await writeFile(file, await tarOf(...names));
      await make(archiveStore(file, { form: "oci" }), IMAGE);
      assert.ok(await archiveSource(file).resolve("3.0"), names.join(" "));
    }
    await writeFile(file, "");
    await make(archiveStore(file, { form: "oci" }), IMAGE);
  }));

test("what killed processes staged is swept", () =>
  withFolder(async (folder) => {
    const left = join(folder, `a.tar.${deadOwner()}-0123456789ab.tmp`);
    await mkdir(join(left, "blobs"), { recursive: true });
    await make(archiveStore(join(folder, "a.tar"), { form: "oci" }), IMAGE);
    assert.equal(await readdir(folder), ["a.tar"]);
  }));

test("an archive opened to be read is not written to", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await make(archiveStore(file, { form: "oci" }), IMAGE);
    const source = archiveSource(file);
    await failsWith(["usage"], () => putBlob(source, OTHER.layer));
    await failsWith(["usage"], () => source.putManifest(OTHER.manifest, ["x"]));
  }));

test("nothing is deleted from an archive, which is written whole", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const store = archiveStore(file, { form: "oci" });
    await make(store, IMAGE);
    for (const place of [store, archiveSource(file)]) {
      await failsWith(["usage"], () => place.delete("3.0"));
    }
    assert.ok(await archiveSource(file).resolve("3.0"));
  }));

test("an archive that is cut off anywhere is refused, or found wrong when it is read", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await make(archiveStore(file, { form: "oci" }), IMAGE);
    const { size } = await stat(file);
    for (const part of [0, 0.001, 0.1, 0.5, 0.9, 0.98, 0.99]) {
      await truncate(file, Math.floor(size * part));
      await failsWith(["verification"], () => archiveSource(file).getManifest("3.0"));
      await make(archiveStore(file, { form: "oci" }), IMAGE);
    }
  }));

test("a flipped bit in a layer is found when the layer is read", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await make(archiveStore(file, { form: "oci" }), IMAGE);
    const bytes = await readFile(file);
    const at = bytes.indexOf(IMAGE.layer.bytes.subarray(0, 64)) + 50_000;
    await writeFile(file, bytes.with(at, (bytes[at] ?? 0) ^ 1));
    const source = archiveSource(file);
    assert.is(await source.hasBlob(IMAGE.layer.descriptor), false);
    await failsWith(["verification"], () => readBlob(source, IMAGE.layer.descriptor));
    assert.equal(await readBlob(source, IMAGE.config.descriptor), IMAGE.config.bytes);
  }));

test("an archive that is missing is a storage error, and a tar of something else is refused", () =>
  withFolder(async (folder) => {
    const missing = archiveSource(join(folder, "none.tar"));
    await failsWith(["storage"], () => missing.resolve("3.0"));
    await writeFile(join(folder, "empty.tar"), new Uint8Array(1024));
    const error = await failsWith(
      ["usage"],
      () => archiveSource(join(folder, "empty.tar")).resolve("x"),
    );
    assert.match(error.message, /something else than an OCI layout/);
  }));

test("a large layer goes through without being held in memory", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    const layer = content(OCI.layer, bytesOf(1, 5_000_000));
    const store = archiveStore(file, { form: "oci" });
    await putBlob(store, layer);
    await store.commit();
    let longest = 0;
    for await (const chunk of await archiveSource(file).getBlob(layer.descriptor)) {
      longest = Math.max(longest, chunk.length);
    }
    assert.ok(longest <= 1_000_000, `a chunk of ${longest} bytes`);
  }));

test.run();
