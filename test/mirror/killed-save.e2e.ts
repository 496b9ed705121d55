/** `pause-image save` over an archive that is there, killed by SIGKILL while it puts a new one in its place. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setImmediate as later } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Ended, run } from "../../build/host/process.ts";
import { putImage } from "../store/put.ts";
import { openStore } from "../store/registry/open.ts";
import { withFolder } from "../support/folder.ts";
import { sampleImage } from "../support/images.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { type TestRegistry, withRegistry } from "../support/registry.ts";
import { lacks, skip } from "../support/skip.ts";

const MIB = 1024 * 1024;
const IMAGES = { old: sampleImage(1), new: sampleImage(2, { layerSize: 48 * MIB }) } as const;

async function program(...words: string[]): Promise<Ended> {
  return await runProgram(process.cwd(), words, { program: onDeno(process.cwd()) });
}

/** Saves the new image, and kills that as soon as `isTime` says so. @returns whether it was killed */
async function killedSave(name: string, file: string, isTime: () => boolean): Promise<boolean> {
  const [command, ...words] = [...onDeno(process.cwd()), "save", name, file];
  const child = spawn(command ?? "", words, { stdio: "ignore" });
  const exited = once(child, "exit") as Promise<[number | null]>;
  let isOver = false;
  void exited.then(() => isOver = true);
  while (!isOver && !isTime()) await later();
  child.kill("SIGKILL");
  const [code] = await exited;
  return code === null;
}

/** Bytes of what is being written beside the file. */
function bytesBeside(folder: string): number {
  const [name] = readdirSync(folder).filter((one) => /^a\.tar\.(?!sha256).*\.tmp$/.test(one));
  return name === undefined
    ? 0
    : statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
}

/** What the archive holds, once it is loaded into a registry, and whether there was a checksum. */
async function loaded(file: string, registry: TestRegistry): Promise<[string, boolean]> {
  const { exitCode, stdout, stderr } = await program(
    "load",
    file,
    `${registry.host}/air`,
    "--json",
  );
  assert.is(exitCode, 0, stderr);
  const { images: [image], checked } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  const [name] =
    Object.entries(IMAGES).find(([, { manifest }]) =>
      manifest.descriptor.digest === image.digest
    ) ?? [];
  return [name ?? "another", checked];
}

async function checks(folder: string): Promise<boolean> {
  return (await run(["sha256sum", "--check", "a.tar.sha256"], { cwd: folder })).exitCode === 0;
}

test("killed while the new archive is written, the old one stays with its checksum; killed when it is there, none refuses it", async () => {
  const missing = lacks("sha256sum");
  if (missing) return skip(missing);
  await withRegistry({}, async (registry) => {
    for (const [tag, image] of Object.entries(IMAGES)) {
      await putImage(openStore(registry), image, [tag]);
    }
    await withFolder(async (folder) => {
      const file = join(folder, "a.tar");
      const name = `${registry.host}/k8s/pause`;
      assert.is((await program("save", `${name}:old`, file)).exitCode, 0);
      for (const bytes of [1, 16 * MIB, 40 * MIB]) {
        const isTime = (): boolean => bytesBeside(folder) >= bytes;
        assert.ok(await killedSave(`${name}:new`, file, isTime), "it was not killed in time");
        assert.ok(await checks(folder), `${bytes} bytes`);
        assert.equal(await loaded(file, registry), ["old", true]);
      }
      const { ino } = statSync(file);
      const isTime = (): boolean => statSync(file).ino !== ino;
      await killedSave(`${name}:new`, file, isTime);
      const isChecked = existsSync(`${file}.sha256`);
      assert.equal(await loaded(file, registry), ["new", isChecked]);
      if (isChecked) assert.ok(await checks(folder));
      assert.is((await program("save", `${name}:new`, file)).exitCode, 0);
      assert.ok(await checks(folder));
      assert.equal((await readdir(folder)).sort(), ["a.tar", "a.tar.sha256"]);
    });
  });
});

test.run();
