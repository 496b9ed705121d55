import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  fileStream,
  hasContent,
  namesIn,
  readIfThere,
  sizeIfThere,
  storageError,
  writeWhole,
} from "../../build/host/files.ts";
import { sweep } from "../../build/host/sweep.ts";
import { readTemporary, temporaryName } from "../../build/host/temporary.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { bytesOf, streamOf } from "../support/images.ts";
import { deadOwner, foreignOwner } from "../support/owners.ts";

test("what is written is read back, from text, bytes and a stream, and missing folders are made", () =>
  withFolder(async (folder) => {
    const bytes = bytesOf(1, 700_000);
    const contents = { text: "é", bytes, stream: streamOf(bytes) };
    for (const [name, content] of Object.entries(contents)) {
      const path = join(folder, "a", "b", name);
      await writeWhole(path, content);
      const expected = typeof content === "string" ? new TextEncoder().encode(content) : bytes;
      assert.equal(await readIfThere(path), expected, name);
      assert.is(await sizeIfThere(path), expected.length);
    }
  }));

test("a file gets its permissions whatever the umask", () =>
  withFolder(async (folder) => {
    const old = process.umask(0o077);
    try {
      await writeWhole(join(folder, "file"), "x", 0o755);
    } finally {
      process.umask(old);
    }
    assert.is((await stat(join(folder, "file"))).mode & 0o777, 0o755);
  }));

test("a source that breaks leaves the old file and nothing else", () =>
  withFolder(async (folder) => {
    const path = join(folder, "file");
    await writeWhole(path, "old");
    const broken = new ReadableStream<Uint8Array>({
      pull(controller): void {
        controller.enqueue(new Uint8Array(10));
        controller.error(new Error("the source broke"));
      },
    });
    const error = await failsWith(["storage"], () => writeWhole(path, broken));
    assert.match(error.message, /Cannot write .*file: the source broke/);
    assert.is(await readFile(path, "utf8"), "old");
    assert.equal(await readdir(folder), ["file"]);
  }));

test("a source is let go when the file cannot be written", () =>
  withFolder(async (folder) => {
    await writeWhole(join(folder, "file"), "x");
    let cancelled = false;
    const source = new ReadableStream<Uint8Array>({
      cancel(): void {
        cancelled = true;
      },
    });
    await failsWith(["storage"], () => writeWhole(join(folder, "file", "below"), source));
    assert.is(cancelled, true);
  }));

test("a folder in the place of a file is a storage error", () =>
  withFolder(async (folder) => {
    await mkdir(join(folder, "file"));
    await failsWith(["storage"], () => writeWhole(join(folder, "file"), "x"));
    assert.equal(await readdir(folder), ["file"]);
    await failsWith(["storage"], () => readIfThere(join(folder, "file")));
    assert.is(await sizeIfThere(join(folder, "file")), undefined);
  }));

test("where Deno lets nobody in, the error says so in plain words", () => {
  const message = 'Requires all access to "/dev", run again with the --allow-all flag';
  const cause = Object.assign(new Error(message), { name: "NotCapable" });
  const error = storageError("read", "/dev", cause);
  assert.is(
    error.message,
    "Cannot read /dev: Deno keeps this program out of there. Choose another place.",
  );
  assert.equal([error.code, error.cause], ["storage", cause]);
});

test("what is not there has no bytes, no size and no names", () =>
  withFolder(async (folder) => {
    assert.is(await readIfThere(join(folder, "none")), undefined);
    assert.is(await sizeIfThere(join(folder, "none")), undefined);
    assert.equal(await namesIn(join(folder, "none")), []);
  }));

test("a part of a file is read as asked for", () =>
  withFolder(async (folder) => {
    const bytes = bytesOf(1, 600_000);
    await writeFile(join(folder, "file"), bytes);
    const parts = [[0, 0], [0, 10], [299_999, 300_000], [599_990, 100], [700_000, 1]] as const;
    for (const [start, length] of parts) {
      const read = await collect(fileStream(join(folder, "file"), start, length));
      assert.equal(read, bytes.slice(start, start + length), `${length} from ${start}`);
    }
    assert.equal(await collect(fileStream(join(folder, "file"))), bytes);
  }));

test("a stream of a file that is not there fails with a storage error", () =>
  withFolder(async (folder) => {
    await failsWith(["storage"], () => collect(fileStream(join(folder, "none"))));
  }));

test("a file has its own content, and no other, shorter or longer", () =>
  withFolder(async (folder) => {
    const path = join(folder, "file");
    const bytes = bytesOf(1, 200_000);
    await writeFile(path, bytes);
    const others = [bytes.subarray(1), bytes.subarray(0, -1), bytesOf(2, 200_000)];
    assert.is(await hasContent(path, streamOf(bytes)), true);
    for (const other of others) assert.is(await hasContent(path, streamOf(other)), false);
    assert.is(await hasContent(path, streamOf(new Uint8Array([...bytes, 0]))), false);
    assert.is(await hasContent(join(folder, "none"), streamOf(bytes)), false);
  }));

test("what killed processes left is swept; what others work on, and other people's files, stay", () =>
  withFolder(async (folder) => {
    const left = `index.json.${deadOwner()}-0123456789ab.tmp`;
    const abroad = `index.json.${foreignOwner()}-0123456789ab.tmp`;
    const old = `index.json.${foreignOwner()}-aaaaaaaaaaaa.tmp`;
    const ours = temporaryName("index.json");
    const notOurs = `notes.${deadOwner()}-0123456789ab.tmp`;
    const names = [left, abroad, old, ours, notOurs, "index.json", "index.json.tmp"];
    for (const name of names) await writeFile(join(folder, name), "");
    await mkdir(join(folder, `index.json.${deadOwner()}-bbbbbbbbbbbb.tmp`, "blobs"), {
      recursive: true,
    });
    const lastYear = Date.now() / 1000 - 365 * 86_400;
    await utimes(join(folder, old), lastYear, lastYear);
    await sweep(folder, (name) => name === "index.json");
    const expected = names.filter((name) => name !== left && name !== old);
    assert.equal((await readdir(folder)).sort(), expected.sort());
    assert.is(readTemporary(ours)?.becoming, "index.json");
    assert.is(readTemporary("index.json.tmp"), undefined);
  }));

test("sweeping a folder that is not there does nothing", () =>
  withFolder((folder) => sweep(join(folder, "none"), () => true)));

async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

test.run();
