import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../support/folder.ts";
import { clean } from "../../build/make/clean.ts";

test("clean() removes what we make, and says what", () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, "bin/.stamps"), { recursive: true });
    mkdirSync(join(folder, "out"));
    for (const file of ["bin/pause-arm64", "bin/orphan-386", "bin/Dockerfile-arm"]) {
      writeFileSync(join(folder, file), "");
    }
    writeFileSync(join(folder, "bin/pause-arm64.0123456789ab.tmp"), "of a killed run");
    writeFileSync(join(folder, "out/oci-layout"), "{}");
    assert.equal((await clean(folder)).sort(), [
      "bin/.stamps",
      "bin/Dockerfile-arm",
      "bin/orphan-386",
      "bin/pause-arm64",
      "bin/pause-arm64.0123456789ab.tmp",
      "out",
    ]);
    assert.equal(readdirSync(folder), []);
  }));

test("clean() leaves what others made: their bin/, and an out/ that is no layout", () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, "bin"));
    mkdirSync(join(folder, "out"));
    writeFileSync(join(folder, "bin/deploy"), "");
    writeFileSync(join(folder, "bin/pause"), "");
    writeFileSync(join(folder, "bin/pause-notes"), "");
    writeFileSync(join(folder, "out/index.html"), "");
    assert.equal(await clean(folder), []);
    assert.equal(readdirSync(join(folder, "bin")).sort(), ["deploy", "pause", "pause-notes"]);
    assert.equal(readdirSync(join(folder, "out")), ["index.html"]);
  }));

test("clean() has nothing to do in an empty folder", () =>
  withFolder(async (folder) => assert.equal(await clean(folder), [])));

test.run();
