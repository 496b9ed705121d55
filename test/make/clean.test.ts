import { mkdirSync, readdirSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { clean } from "../../build/make/clean.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { putImage } from "../store/put.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { sampleImage } from "../support/images.ts";

test("clean() removes what we make, and says what", () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, "bin/.stamps"), { recursive: true });
    mkdirSync(join(folder, "out"));
    const windows = ["pause-windows-amd64.exe", "wincat-windows-arm64.exe"].flatMap((name) =>
      ["", ".obj", ".kernel32.lib", ".0123456789ab.tmp"].map((ending) => `bin/${name}${ending}`)
    );
    windows.push("bin/Dockerfile-windows-amd64-ltsc2025");
    for (const file of ["bin/pause-arm64", "bin/orphan-386", "bin/Dockerfile-arm", ...windows]) {
      writeFileSync(join(folder, file), "");
    }
    writeFileSync(join(folder, "bin/pause-arm64.0123456789ab.tmp"), "of a killed run");
    writeFileSync(join(folder, "out/oci-layout"), "{}");
    assert.equal(
      (await clean(folder)).sort(),
      [
        "bin/.stamps",
        "bin/Dockerfile-arm",
        "bin/orphan-386",
        "bin/pause-arm64",
        "bin/pause-arm64.0123456789ab.tmp",
        ...windows,
        "out",
      ].sort(),
    );
    assert.equal(readdirSync(folder), []);
  }));

test("clean() leaves what others made: their bin/, and an out/ that is no layout", () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, "bin"));
    mkdirSync(join(folder, "out"));
    writeFileSync(join(folder, "bin/deploy"), "");
    writeFileSync(join(folder, "bin/pause"), "");
    writeFileSync(join(folder, "bin/pause-notes"), "");
    writeFileSync(join(folder, "bin/wincat.exe"), "");
    writeFileSync(join(folder, "out/index.html"), "");
    assert.equal(await clean(folder), []);
    assert.equal(readdirSync(join(folder, "bin")).sort(), [
      "deploy",
      "pause",
      "pause-notes",
      "wincat.exe",
    ]);
    assert.equal(readdirSync(join(folder, "out")), ["index.html"]);
  }));

test("clean() removes what is left of a layout whose first file is lost, as its error says", () =>
  withFolder(async (folder) => {
    const out = join(folder, "out");
    await putImage(layoutStore(out), sampleImage(1), ["3.10"]);
    unlinkSync(join(out, "oci-layout"));
    const { message } = await failsWith(["verification"], () => layoutStore(out).resolve("3.10"));
    assert.match(message, '"./make clean" removes out/');
    assert.equal(await clean(folder), ["out"]);
    assert.equal(readdirSync(folder), []);
  }));

test("clean() leaves an out/ with other files by the names that are in layouts", () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, "out/blobs"), { recursive: true });
    writeFileSync(join(folder, "out/index.json"), '{"pages":[]}');
    assert.equal(await clean(folder), []);
    assert.equal(readdirSync(join(folder, "out")).sort(), ["blobs", "index.json"]);
  }));

test("clean() has nothing to do in an empty folder", () =>
  withFolder(async (folder) => assert.equal(await clean(folder), [])));

test.run();
