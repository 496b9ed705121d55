import { writeFileSync } from "node:fs";
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { unifiedDiff } from "../../build/runtimes/diff.ts";
import { editFile } from "../../build/runtimes/edit-file.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { IMAGE, runtimeNamed, SAMPLES } from "./files.ts";

const RUNTIME = runtimeNamed("containerd");
const FLAG = "--pod-infra-container-image";
const TEXT = SAMPLES.containerd?.before ?? "";

const read = (path: string): Promise<string> => readFile(path, "utf8");

test("a file is edited, and the old one kept under a name that was free", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "config.toml");
    await writeFile(path, TEXT);
    await writeFile(`${path}.bak`, "somebody's");
    const { outcome, backup } = await editFile(RUNTIME, IMAGE, path);
    assert.equal([outcome, backup], ["written", `${path}.bak.1`]);
    assert.match(await read(path), IMAGE.pinned);
    assert.is(await read(`${path}.bak`), "somebody's");
    assert.is(await read(`${path}.bak.1`), TEXT);
  });
});

test("the second time nothing is written, and no backup made", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "config.toml");
    await writeFile(path, TEXT);
    await editFile(RUNTIME, IMAGE, path);
    const before = await stat(path);
    const { outcome, diff } = await editFile(RUNTIME, IMAGE, path);
    assert.equal([outcome, diff], ["unchanged", []]);
    assert.is((await stat(path)).ino, before.ino);
    assert.equal((await readdir(folder)).sort(), ["config.toml", "config.toml.bak"]);
  });
});

test("what would change is told without writing, and is the line alone", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "config.toml");
    await writeFile(path, TEXT);
    const { outcome, diff } = await editFile(RUNTIME, IMAGE, path, true);
    assert.is(outcome, "planned");
    assert.equal(diff.slice(2).filter((line) => /^[-+]/.test(line)), [
      "-      sandbox = 'registry.k8s.io/pause:3.10' # was 3.9",
      `+      sandbox = '${IMAGE.pinned}' # was 3.9`,
    ]);
    assert.is(await read(path), TEXT);
    assert.equal(await readdir(folder), ["config.toml"]);
  });
});

test("no backup is put into a folder of which everything may be read", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "crio.conf.d/90-pause.conf");
    await mkdir(dirname(path));
    await writeFile(path, "[crio.image]\n");
    const { backup } = await editFile(runtimeNamed("crio"), IMAGE, path);
    assert.is(backup, join(folder, "90-pause.conf.bak"));
    assert.equal(await readdir(dirname(path)), ["90-pause.conf"]);
  });
});

test("permissions stay, and a link stays one: what it leads to is edited", async () => {
  await withFolder(async (folder) => {
    const [file, link] = [join(folder, "there/real.toml"), join(folder, "config.toml")];
    await mkdir(join(folder, "there"));
    await writeFile(file, TEXT);
    await chmod(file, 0o640);
    await symlink("there/real.toml", link);
    const { backup } = await editFile(RUNTIME, IMAGE, link);
    assert.ok((await lstat(link)).isSymbolicLink());
    assert.is((await stat(file)).mode & 0o7777, 0o640);
    assert.is((await stat(backup ?? "")).mode & 0o7777, 0o640);
    assert.match(await read(link), IMAGE.pinned);
  });
});

test("where there is no file one is made, with its folders", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "conf.d/90-pause.toml");
    const { outcome, backup } = await editFile(RUNTIME, IMAGE, path);
    assert.equal([outcome, backup], ["written", undefined]);
    assert.match(await read(path), /^version = 3\n/);
  });
});

test("a link that leads nowhere, a folder and what is no text are refused, and stay", async () => {
  await withFolder(async (folder) => {
    const at = (name: string): string => join(folder, name);
    await symlink("nowhere", at("link"));
    await mkdir(at("folder"));
    await writeFile(at("bytes"), new Uint8Array([0xff, 0xfe, 0]));
    await writeFile(at("broken"), "a = = 1\n");
    for (
      const [name, found] of [
        ["link", /link to a file that is not there/],
        ["folder", /it is no file/],
        ["bytes", /no text in UTF-8/],
        ["broken", /no TOML: line 1, column 5/],
      ] as const
    ) {
      const error = await failsWith(
        ["usage", "storage"],
        () => editFile(RUNTIME, IMAGE, at(name)),
      );
      assert.match(error.message, found);
    }
    assert.equal((await readdir(folder)).sort(), ["broken", "bytes", "folder", "link"]);
    assert.is(await read(at("broken")), "a = = 1\n");
  });
});

test("a file that somebody writes meanwhile is not written, and no backup is left", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "config.toml");
    for (const before of [TEXT, undefined]) {
      if (before !== undefined) await writeFile(path, before);
      // Between the reading and the writing.
      const slow = {
        ...RUNTIME,
        keys: () => {
          writeFileSync(path, "version = 3 # theirs\n");
          return RUNTIME.keys();
        },
      };
      const error = await failsWith(["storage"], () => editFile(slow, IMAGE, path));
      assert.match(error.message, /somebody else has changed it meanwhile. Run the command again/);
      assert.is(await read(path), "version = 3 # theirs\n");
      assert.equal(await readdir(folder), ["config.toml"]);
      await rm(path);
    }
  });
});

test("a file that cannot be written leaves no backup", async () => {
  await withFolder(async (folder) => {
    // The backup's name would just be short enough.
    const path = join(folder, "c".repeat(250));
    await writeFile(path, TEXT);
    await failsWith(["storage"], () => editFile(RUNTIME, IMAGE, path));
    assert.equal(await readdir(folder), ["c".repeat(250)]);
  });
});

test("the mark of an editor of Windows stays at the top, whatever is put there", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "file");
    for (
      const [name, text, after] of [
        ["k3s", "server: a\r\n", `server: a\r\npause-image: ${IMAGE.pinned}\r\n`],
        ["kubelet", "KUBELET_EXTRA_ARGS=\n", `KUBELET_EXTRA_ARGS=${FLAG}=${IMAGE.pinned}\n`],
        ["podman", "", `[engine]\ninfra_image = "${IMAGE.pinned}"\n`],
      ] as const
    ) {
      await writeFile(path, `\ufeff${text}`);
      await editFile(runtimeNamed(name), IMAGE, path);
      assert.is(await read(path), `\ufeff${after}`);
      assert.is((await editFile(runtimeNamed(name), IMAGE, path)).outcome, "unchanged");
    }
    await writeFile(path, '\ufeff[host."https://a.example"]\n');
    await editFile(runtimeNamed("containerd-mirror"), IMAGE, path);
    assert.ok((await read(path)).startsWith('\ufeffserver = "https://registry.k8s.io"\n'));
  });
});

test("taking a flag out of a file that is not there makes none", async () => {
  await withFolder(async (folder) => {
    const { outcome } = await editFile(runtimeNamed("kubelet"), undefined, join(folder, "kubelet"));
    assert.is(outcome, "unchanged");
    assert.equal(await readdir(folder), []);
  });
});

test("a diff has three lines around, and says where a text has no last end of line", () => {
  const lines = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
  const text = (list: readonly string[]): string => list.map((line) => `${line}\n`).join("");
  assert.equal(unifiedDiff("f", text(lines), text(lines)), []);
  assert.equal(unifiedDiff("f", text(lines), text(lines.with(4, "five"))), [
    "--- f",
    "+++ f",
    "@@ -2,7 +2,7 @@",
    " 2",
    " 3",
    " 4",
    "-5",
    "+five",
    " 6",
    " 7",
    " 8",
  ]);
  assert.equal(unifiedDiff("f", "", "a\n"), ["--- f", "+++ f", "@@ -0,0 +1,1 @@", "+a"]);
  assert.equal(unifiedDiff("f", "a", "a\nb\n").slice(2), [
    "@@ -1,1 +1,2 @@",
    "-a",
    "\\ No newline at end of file",
    "+a",
    "+b",
  ]);
});

test.run();
