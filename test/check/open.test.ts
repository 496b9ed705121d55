import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openTarget, type Target } from "../../build/check/open.ts";
import { verify } from "../../build/check/verify.ts";
import { copy } from "../../build/copy/copy.ts";
import { archiveStore } from "../../build/store/archive/archive.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { withRegistry } from "../support/registry.ts";
import { idsOf, imageOf, PROGRAM, type Recipe } from "./images.ts";

/** Puts a good image into a store, under these tags. */
async function fill(
  destination: Store,
  tags: readonly string[],
  recipe: Recipe = {},
): Promise<void> {
  const target = await imageOf(recipe);
  if (target.kind !== "image") throw new Error("it is an image");
  const { source, root } = target;
  await (source as Store).putManifest(root, []);
  await copy(source as Store, root.descriptor.digest, destination, { tags });
  await destination.commit();
}

/** The name in full and the number of rows that pass, of all of them. */
async function look(name: string): Promise<[name: string, passed: number, others: number]> {
  const report = await verify(name, { static: true });
  const passed = idsOf(report, "pass").length;
  return [report.target, passed, report.subjects.flatMap(({ rows }) => rows).length - passed];
}

const kindOf = async (name: string): Promise<Target["kind"]> => (await openTarget(name)).kind;

test("a layout is named by its path, with oci: or without, with its tag or without", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "out");
    await fill(layoutStore(path), ["3.10"]);
    for (
      const [name, inFull] of [
        [path, `oci:${path}`],
        [`oci:${path}`, `oci:${path}`],
        [`${path}:3.10`, `oci:${path}:3.10`],
        [`oci:${path}:3.10`, `oci:${path}:3.10`],
      ] as const
    ) {
      assert.equal(await look(name), [inFull, 22, 0]);
    }
  });
});

test("a layout in the working directory needs no prefix either", async () => {
  await withFolder(async (folder) => {
    await fill(layoutStore(join(folder, "out")), ["3.10"]);
    const before = process.cwd();
    process.chdir(folder);
    try {
      assert.equal(await look("out:3.10"), ["oci:out:3.10", 22, 0]);
      assert.equal(await look("./out:3.10"), ["oci:./out:3.10", 22, 0]);
    } finally {
      process.chdir(before);
    }
  });
});

test("an archive is one by its prefix, its ending, or what is in it", async () => {
  await withFolder(async (folder) => {
    for (const name of ["x.tar", "image"]) {
      const path = join(folder, name);
      await fill(archiveStore(path, { form: "oci" }), ["3.10"]);
      assert.equal(await look(path), [`oci-archive:${path}`, 22, 0]);
      assert.equal(await look(`oci-archive:${path}:3.10`), [`oci-archive:${path}:3.10`, 22, 0]);
    }
  });
});

test("an image without a tag is found when it is the only one", async () => {
  await withFolder(async (folder) => {
    await fill(layoutStore(folder), []);
    assert.equal(await look(folder), [`oci:${folder}`, 22, 0]);
  });
});

test("an image on a registry is named by tag or digest", async () => {
  await withRegistry({}, async ({ host, logged }) => {
    await fill(registryStore({ host, repository: "k8s/pause" }), ["3.10"]);
    const before = logged("PUT manifest").length;
    assert.equal(await look(`${host}/k8s/pause:3.10`), [`${host}/k8s/pause:3.10`, 22, 0]);
    const { root } = await openTarget(`${host}/k8s/pause:3.10`) as Extract<
      Target,
      { root: unknown }
    >;
    const pinned = `${host}/k8s/pause@${root.descriptor.digest}`;
    assert.equal(await look(pinned), [pinned, 22, 0]);
    assert.is(logged("PUT manifest").length, before);
  });
});

test("a file that is no archive is a program, good or bad", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "pause");
    await writeFile(path, PROGRAM);
    assert.is(await kindOf(path), "program");
    assert.equal(await look(path), [path, 7, 0]);
    await writeFile(path, "#!/bin/sh\n");
    assert.equal(idsOf(await verify(path, { static: true }), "fail"), ["elf"]);
  });
});

test("what is not there is said to be not there, and no registry is asked for a bare word", async () => {
  await withFolder(async (folder) => {
    const names = ["nothing", "./no", "no.tar", "no.tar:3.10", `${folder}/no`, `oci:${folder}/no`];
    for (const name of names) {
      const { message } = await failsWith(["usage"], () => openTarget(name));
      assert.match(message, "no such file or folder");
    }
  });
});

test("a folder that is no layout, or an empty one, is refused", async () => {
  await withFolder(async (folder) => {
    const empty = join(folder, "empty");
    await mkdir(empty);
    const { message } = await failsWith(["usage"], () => openTarget(empty));
    assert.match(message, "it holds no image");
    await writeFile(join(empty, "file"), "");
    await failsWith(["usage"], () => openTarget(empty));
  });
});

test("an image with two tags is one image", async () => {
  await withFolder(async (folder) => {
    await fill(layoutStore(folder), ["3.10", "latest"]);
    assert.equal(await look(folder), [`oci:${folder}`, 22, 0]);
  });
});

test("of several images, one is to be named", async () => {
  await withFolder(async (folder) => {
    await fill(layoutStore(folder), ["1"]);
    await fill(layoutStore(folder), ["2"], { entry: false });
    const { message } = await failsWith(["usage"], () => openTarget(folder));
    assert.match(message, `oci:${folder}:1, oci:${folder}:2`);
    assert.equal(await look(`${folder}:1`), [`oci:${folder}:1`, 22, 0]);
  });
});

test("an image without a tag is named by its digest, beside others or not", async () => {
  await withFolder(async (folder) => {
    await fill(layoutStore(folder), []);
    await fill(layoutStore(folder), [], { platform: { os: "linux", architecture: "386" } });
    const { message } = await failsWith(["usage"], () => openTarget(folder));
    const names = message.match(/oci:\S+@sha256:[0-9a-f]{64}/g) ?? [];
    assert.is(names.length, 2, message);
    for (const name of names) assert.is((await look(name))[0], name);
    const [name = ""] = names;
    assert.is((await look(name.slice("oci:".length)))[0], name);
  });
});

test("what is neither a file nor a folder is refused", async () => {
  const { message } = await failsWith(["usage"], () => openTarget("/dev/null"));
  assert.match(message, "neither a file nor a folder");
});

test("a registry's image that is not there is the registry's error", async () => {
  await withRegistry({}, async ({ host }) => {
    await failsWith(["registry"], () => openTarget(`${host}/k8s/pause:none`));
  });
});

test.run();
