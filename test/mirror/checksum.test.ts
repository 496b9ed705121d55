import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checksumFile, verifyChecksum, writeChecked } from "../../build/mirror/checksum.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { bytesOf, streamOf } from "../support/images.ts";
import { deadOwner } from "../support/owners.ts";

const OLD = bytesOf(1, 200_000);
const NEW = bytesOf(2, 300_000);

/** Gives `use` a file with the old bytes and their checksum. */
async function withOld(use: (file: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await writeChecked(file, () => streamOf(OLD));
    await use(file);
  });
}

async function holdsOld(file: string): Promise<void> {
  assert.ok((await readFile(file)).equals(OLD));
  assert.ok(await verifyChecksum(file), "the old checksum is there, and right");
  assert.equal((await readdir(join(file, ".."))).sort(), ["a.tar", "a.tar.sha256"]);
}

/** What a reader finds who looks just now. */
function finds(file: string): string {
  // First, so that what becomes of both meanwhile is at most one step.
  const checksum = textOf(checksumFile(file));
  const [archive, bytes] = readFileSync(file).equals(OLD) ? ["old", OLD] : ["new", NEW];
  if (checksum === undefined) return `${archive} unchecked`;
  const isRight = checksum === `${sha256(bytes).slice(7)}  ${basename(file)}\n`;
  return `${archive} ${isRight ? "checked" : "refused"}`;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

test("whoever looks, or is left alone by a process that died, never finds an archive that its checksum refuses", async () => {
  await withOld(async (file) => {
    const found = new Set<string>();
    let isOver = false;
    const look = (): void => {
      if (isOver) return;
      found.add(finds(file));
      setImmediate(look);
    };
    look();
    await writeChecked(file, () => streamOf(NEW, 10_000));
    isOver = true;
    assert.equal([...found].filter((what) => what.endsWith("refused")), []);
    assert.is(finds(file), "new checked");
  });
});

test("as long as the new bytes are being written, the old archive has its checksum", async () => {
  await withOld(async (file) => {
    const found = new Set<string>();
    const watched = (): ReadableStream<Uint8Array> =>
      streamOf(NEW, 10_000).pipeThrough(
        new TransformStream({
          transform(chunk, controller): void {
            found.add(finds(file));
            controller.enqueue(chunk);
          },
        }),
      );
    await writeChecked(file, watched);
    assert.equal([...found], ["old checked"]);
  });
});

test("bytes that break off leave the old archive with its checksum", async () => {
  await withOld(async (file) => {
    const broken = (): ReadableStream<Uint8Array> => {
      let left = 3;
      return new ReadableStream({
        pull(controller): void {
          if (left-- === 0) throw new Error("gone");
          controller.enqueue(NEW.subarray(0, 1000));
        },
      });
    };
    await failsWith(["storage"], () => writeChecked(file, broken));
    await holdsOld(file);
  });
});

test("a file that cannot be replaced keeps its checksum", async () => {
  await withOld(async (file) => {
    const before = await readFile(checksumFile(file), "utf8");
    let opened = 0;
    await failsWith(["storage"], () =>
      writeChecked(file, () => {
        // What the bytes are compared with is there, and then no file is to be had in its place.
        if (++opened === 2) {
          void rm(file).then(() => mkdir(join(file, "full"), { recursive: true }));
        }
        return streamOf(NEW, 1000);
      }));
    assert.ok((await stat(file)).isDirectory());
    assert.is(await readFile(checksumFile(file), "utf8"), before);
    assert.equal((await readdir(join(file, ".."))).sort(), ["a.tar", "a.tar.sha256"]);
  });
});

test("a file that has the bytes is not written again, and gets the checksum that it lacks", async () => {
  await withOld(async (file) => {
    const { ino } = await stat(file);
    for (const checksum of [undefined, "0".repeat(64)]) {
      await rm(checksumFile(file));
      if (checksum !== undefined) await writeFile(checksumFile(file), checksum);
      const hex = await writeChecked(file, () => streamOf(OLD));
      assert.is(`sha256:${hex}`, sha256(OLD));
      assert.is((await stat(file)).ino, ino);
      await holdsOld(file);
    }
  });
});

for (const [what, bytes] of Object.entries({ "a new archive": NEW, "the same archive": OLD })) {
  test(`what a killed process left of a checksum is swept with ${what}`, async () => {
    await withOld(async (file) => {
      await writeFile(`${checksumFile(file)}.${deadOwner()}-0123456789ab.tmp`, "half");
      await writeChecked(file, () => streamOf(bytes));
      assert.equal((await readdir(join(file, ".."))).sort(), ["a.tar", "a.tar.sha256"]);
    });
  });
}

test.run();
