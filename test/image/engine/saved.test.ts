import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readSavedImage, type SavedImage } from "../../../build/image/engine/saved.ts";
import { sha256 } from "../../../build/oci/digest.ts";
import { failsWith } from "../../support/fails.ts";
import { withFolder } from "../../support/folder.ts";

type Files = Readonly<Record<string, Uint8Array | string>>;

const LAYERS = [1, 2].map((seed) => new Uint8Array(512).fill(seed));

/** Reads an archive with these files in it. */
function read(files: Files): Promise<SavedImage> {
  return withFolder(async (folder) => {
    const file = join(folder, "image.tar");
    const entries = Object.entries(files).map(([name, text]) => {
      const body = typeof text === "string" ? new TextEncoder().encode(text) : text;
      return { header: { name, size: body.length, mode: 0o644, mtime: new Date(0) }, body };
    });
    await writeFile(file, await packTar(entries));
    return await readSavedImage(file);
  });
}

/** What `docker save` would write, but for what is said otherwise. */
function saved(layers: Files, names: readonly string[], config = {}): Files {
  return {
    ...layers,
    "manifest.json": JSON.stringify([{ Config: "c.json", RepoTags: null, Layers: names }]),
    "c.json": JSON.stringify({
      architecture: "arm",
      os: "linux",
      config: { Cmd: null, Entrypoint: ["/pause"], Labels: null },
      rootfs: { type: "layers", diff_ids: LAYERS.map((layer) => sha256(layer)) },
      ...config,
    }),
  };
}

const [ONE = new Uint8Array(), TWO = new Uint8Array()] = LAYERS;

test("readSavedImage() reads layers in the order of the configuration, compressed or not", async () => {
  const { config, layers } = await read(
    saved({ "a/layer.tar": new Uint8Array(gzipSync(TWO)), "b/layer.tar": ONE }, [
      "a/layer.tar",
      "b/layer.tar",
    ]),
  );
  assert.equal(layers.map((layer) => sha256(layer)), LAYERS.map((layer) => sha256(layer)));
  assert.equal(config.config, { Entrypoint: ["/pause"] }, "null says nothing");
});

test("readSavedImage() finds a layer that is there twice by its digest, where one of them is a link", async () => {
  const twice = { rootfs: { type: "layers", diff_ids: [sha256(ONE), sha256(ONE)] } };
  const files = saved({ "a/layer.tar": ONE }, ["a/layer.tar", "b/layer.tar"], twice);
  assert.is((await read(files)).layers.length, 2);
});

test("readSavedImage() refuses an archive without its image, or with another layer in it", async () => {
  const message = async (files: Files): Promise<string> =>
    (await failsWith(["verification"], () => read(files))).message;
  assert.match(await message({ "oci-layout": "{}" }), "its configuration is not there");
  const [name] = ["a/layer.tar"];
  assert.match(
    await message(saved({ [name]: ONE }, [name])),
    `the layer ${sha256(TWO)} is not there. Build with another one, or leave ENGINE out.`,
  );
});

test.run();
