/** A layout under two writers, SIGKILL, a full and a read-only disk. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { content } from "../../build/oci/descriptor.ts";
import { children } from "../../build/oci/document.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { archiveStore } from "../../build/store/archive/archive.ts";
import { archiveSource } from "../../build/store/archive/source.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import type { Store } from "../../build/store/store.ts";
import { chance, SEED } from "../support/chance.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { bytesOf, sampleImage } from "../support/images.ts";
import { skip } from "../support/skip.ts";
import { putBlob, putImage, readBlob } from "./put.ts";

const IMAGE = sampleImage(1);

interface Writer {
  /** When it has begun to write. */
  readonly begun: Promise<unknown>;
  /** Its exit code, null when a signal ended it. */
  readonly ended: Promise<number | null>;
  kill(): void;
}

/** Starts a process that writes `count` images under `tags` tags to a layout. */
function startWriter(folder: string, name: string, count: number, tags: number): Writer {
  const script = new URL("layout-writer.ts", import.meta.url).pathname;
  const words = ["run", "-A", "--cached-only", script, folder, name, `${count}`, `${tags}`];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  return {
    begun: once(child.stdout, "data"),
    ended: once(child, "exit").then(([code]) => code),
    kill: () => child.kill("SIGKILL"),
  };
}

/** Reads every tag, manifest and blob. Returns the tags. */
async function readWhole(store: Store): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of store.tags()) {
    const { descriptor, bytes } = await store.getManifest(tag);
    for (const part of children(descriptor, bytes)) await readBlob(store, part);
    tags.push(tag);
  }
  return tags;
}

test("processes that write at once lose none of each other's tags", () =>
  withFolder(async (folder) => {
    const place = join(folder, "out");
    const names = ["a", "b", "c"];
    const writers = names.map((name) => startWriter(place, name, 12, 12));
    assert.equal(await Promise.all(writers.map(({ ended }) => ended)), [0, 0, 0]);
    const tags = await readWhole(layoutStore(place));
    assert.is(tags.length, 3 * 13);
    assert.equal((await readdir(place)).sort(), ["blobs", "index.json", "oci-layout"]);
  }));

test("a writer killed at any moment leaves a layout that is whole, and the next one goes on", () =>
  withFolder(async (folder) => {
    const place = join(folder, "out");
    let killed = 0;
    let most = 0;
    for (let round = 0; round < 15; round++) {
      const writer = startWriter(place, `r${round % 3}`, 1_000, 4);
      await writer.begun;
      await sleep(100 * chance(SEED, round));
      writer.kill();
      killed += await writer.ended === null ? 1 : 0;
      const tags = await readWhole(layoutStore(place));
      assert.ok(tags.length >= most, `${tags.length} tags after ${most}`);
      most = tags.length;
    }
    assert.is(killed, 15);
    assert.ok(most > 3, `${most} tags`);
    await putImage(layoutStore(place), IMAGE, ["last"]);
    const names = await readdir(place, { recursive: true, encoding: "utf8" });
    assert.equal(names.filter((name) => /\.(tmp|lock)/.test(name)), []);
  }));

/** Gives `use` a disk of `size` that is nothing but full of what it puts there. */
async function withDisk(size: string, use: (disk: string) => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return skip("only root can mount a small disk");
  await withFolder(async (folder) => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    const mounted = await run(["mount", "-t", "tmpfs", "-o", `size=${size}`, "none", disk]);
    if (mounted.exitCode !== 0) return skip(`a disk cannot be mounted: ${mounted.stderr.trim()}`);
    try {
      await use(disk);
    } finally {
      // A handle of what failed may be closing still.
      await run(["umount", "-l", disk]);
    }
  });
}

const LARGE = content(OCI.layer, bytesOf(7, 3_000_000));

test("on a full disk a layout says so, keeps its tag, and leaves nothing half written", () =>
  withDisk("1m", async (disk) => {
    const place = join(disk, "out");
    await putImage(layoutStore(place), IMAGE, ["3.10"]);
    const error = await failsWith(["storage"], () => putBlob(layoutStore(place), LARGE));
    assert.match(error.message, /Cannot write .*ENOSPC.*Free some space/s);
    // The image's few bytes fit, the new index.json does not.
    await writeFile(join(disk, "rest"), new Uint8Array(2_000_000)).catch(() => {});
    await failsWith(["storage"], () => putImage(layoutStore(place), sampleImage(2), ["3.10"]));
    const tag = await layoutStore(place).resolve("3.10");
    assert.is(tag?.digest, IMAGE.manifest.descriptor.digest);
    const names = await readdir(place, { recursive: true, encoding: "utf8" });
    assert.equal(names.filter((name) => name.includes("tmp")), []);
  }));

test("on a full disk an archive says so, and the old one stays", () =>
  withDisk("1m", async (disk) => {
    const file = join(disk, "a.tar");
    const first = archiveStore(file, { form: "oci" });
    await putImage(first, IMAGE, ["3.10"]);
    await first.commit();
    const before = await readFile(file);
    // The stage of this one fits, the archive beside it does not any more.
    for (const layer of [LARGE, content(OCI.layer, bytesOf(8, 600_000))]) {
      const store = archiveStore(file, { form: "oci" });
      await failsWith(["storage"], async () => {
        await putBlob(store, layer);
        await store.commit();
      });
      await store.abandon();
      assert.equal(await readdir(disk), ["a.tar"]);
      assert.ok(before.equals(await readFile(file)));
    }
  }));

test("on a read-only disk what is there is read, and writing is refused with a hint", () =>
  withDisk("1m", async (disk) => {
    const place = join(disk, "out");
    await putImage(layoutStore(place), IMAGE, ["3.10"]);
    const archive = archiveStore(join(disk, "a.tar"), { form: "oci" });
    await putImage(archive, IMAGE, ["3.10"]);
    await archive.commit();
    await run(["mount", "-o", "remount,ro", disk]);
    assert.equal(await readWhole(layoutStore(place)), ["3.10"]);
    assert.equal(await readWhole(archiveSource(join(disk, "a.tar"))), ["3.10"]);
    // Nothing to be done is no reason to complain.
    await layoutStore(place).putManifest(IMAGE.manifest, ["3.10"]);
    const writes = [
      () => putBlob(layoutStore(place), LARGE),
      () => layoutStore(place).putManifest(IMAGE.manifest, ["3.11"]),
      () => putBlob(layoutStore(join(disk, "new")), LARGE),
      () => putBlob(archiveStore(join(disk, "a.tar"), { form: "oci" }), LARGE),
    ];
    for (const write of writes) {
      const error = await failsWith(["storage"], write);
      assert.match(error.message, /EROFS.*Choose a place that can be written to/s);
    }
  }));

test("files can be read by all, whatever the umask", () =>
  withFolder(async (folder) => {
    const old = process.umask(0o077);
    try {
      await putImage(layoutStore(join(folder, "out")), IMAGE, ["3.10"]);
    } finally {
      process.umask(old);
    }
    for (const name of ["oci-layout", "index.json"]) {
      assert.is((await stat(join(folder, "out", name))).mode & 0o777, 0o644);
    }
  }));

test.run();
