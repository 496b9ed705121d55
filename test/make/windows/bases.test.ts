import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../../build/host/process.ts";
import { editionsOf } from "../../../build/make/windows/editions.ts";
import { plan } from "../../../build/make/plan.ts";
import { prepare } from "../../../build/make/prepare.ts";
import type { Assignments } from "../../../build/make/settings.ts";
import { updateBase } from "../../../build/make/windows/update-base.ts";
import type { Workshop } from "../../../build/make/workshop.ts";
import { layoutStore } from "../../../build/store/layout/layout.ts";
import { failsWith } from "../../support/fails.ts";
import { withFolder } from "../../support/folder.ts";
import { type BaseOptions, storeBase, VERSIONS, windowsBase } from "../../support/windows-base.ts";

const WINDOWS: Assignments = { OS: "windows", BASE: "oci:base:v1" };

/** A folder with a base in a layout, and what opens a workshop there. */
async function withBase(
  use: (
    open: (assignments?: Assignments, goal?: string) => Workshop,
    folder: string,
  ) => Promise<void>,
  options: BaseOptions = {},
): Promise<void> {
  await withFolder(async (folder) => {
    await mkdir(join(folder, "src/linux"), { recursive: true });
    await writeFile(join(folder, "src/linux/pause.c"), "");
    await copyFile("Dockerfile.tmpl", join(folder, "Dockerfile.tmpl"));
    await storeBase(layoutStore(join(folder, "base")), await windowsBase(options), ["v1"]);
    const open = (assignments: Assignments = {}, goal = "all"): Workshop =>
      prepare(
        { goals: [goal], directory: folder, assignments: { ...WINDOWS, ...assignments } },
        () => run,
      ).workshop;
    await use(open, folder);
  });
}

const lockPath = (folder: string): string => join(folder, "src/windows/base.lock.json");

async function writeLock(folder: string, text: string): Promise<void> {
  await mkdir(join(folder, "src/windows"), { recursive: true });
  await writeFile(lockPath(folder), text);
}

test("a base in a layout is locked and found by its digest, the layout's path being below the working directory", () =>
  withBase(async (open) => {
    await updateBase(open());
    const { found, missing } = await open().bases();
    assert.equal(missing, []);
    assert.equal(found.map(({ edition: { name } }) => name), [
      "windows/amd64 1809",
      "windows/amd64 ltsc2022",
      "windows/amd64 ltsc2025",
    ]);
    assert.equal(found.map(({ image: { platform } }) => platform["os.version"]), VERSIONS);
    for (const { name, image } of found) {
      assert.is(name, `oci:base:v1@${image.descriptor.digest}`);
    }
  }));

test("of several architectures, the images of one stand together", () =>
  withBase((open) => {
    const { settings } = open({ ALL_ARCH_WINDOWS: "arm64 amd64", OSVERSION: "ltsc2022 1809" });
    assert.equal(editionsOf(settings).map(({ suffix }) => suffix), [
      "windows-amd64-1809",
      "windows-amd64-ltsc2022",
      "windows-arm64-1809",
      "windows-arm64-ltsc2022",
    ]);
    return Promise.resolve();
  }));

test("each image for Windows has a Dockerfile of its own that names its base", () =>
  withBase(async (open) => {
    await updateBase(open());
    const recipes = await open({ OS: "linux windows", ARCH: "amd64" }).recipes();
    assert.equal(recipes.map(({ path }) => path), [
      "bin/Dockerfile-amd64",
      "bin/Dockerfile-windows-amd64-1809",
      "bin/Dockerfile-windows-amd64-ltsc2022",
      "bin/Dockerfile-windows-amd64-ltsc2025",
    ]);
    assert.match(recipes[0]?.dockerfile ?? "", /^FROM scratch\n/);
    assert.match(recipes[1]?.dockerfile ?? "", /^FROM oci:base:v1@sha256:[0-9a-f]{64}\n/);
  }));

test("the lock file is the same whatever the order in which it was made, and keeps what others locked", () =>
  withBase(async (open, folder) => {
    await updateBase(open());
    const once = await readFile(lockPath(folder), "utf8");
    await updateBase(open({ OSVERSION: "ltsc2025" }));
    assert.is(await readFile(lockPath(folder), "utf8"), once);
    const foreign = { ...JSON.parse(once).bases[0], reference: "a.example/b:1" };
    await writeLock(folder, JSON.stringify({ bases: [...JSON.parse(once).bases, foreign] }));
    await storeBase(layoutStore(join(folder, "base")), await windowsBase({ seed: 2 }), ["v1"]);
    await updateBase(open({ OSVERSION: "1809" }));
    const { bases } = JSON.parse(await readFile(lockPath(folder), "utf8"));
    assert.equal(bases[0], foreign, "sorted, and there");
    const before = JSON.parse(once).bases;
    assert.is.not(bases[1].manifest, before[0].manifest);
    assert.equal(bases.slice(2), before.slice(1));
  }));

test("a lock file that is none is refused, with what to do", () =>
  withBase(async (open, folder) => {
    const texts = {
      "{": "it is no JSON object",
      "[]": "it is no JSON object",
      "{}": "bases is missing",
      '{"bases":[{"reference":"x","osVersion":"1809","architecture":"amd64","manifest":"sha256:1"}]}':
        "bases[0].manifest is no digest",
    };
    for (const [text, found] of Object.entries(texts)) {
      await writeLock(folder, text);
      const error = await failsWith(["usage"], () => open().bases());
      assert.match(error.message, `base.lock.json: ${found}. Remove it, and write it anew`);
    }
  }));

test("a lock file that locks one base twice is refused, whichever comes first", () =>
  withBase(async (open, folder) => {
    await updateBase(open());
    const { bases } = JSON.parse(await readFile(lockPath(folder), "utf8"));
    const other = { ...bases[1], manifest: bases[0].manifest };
    for (const all of [[...bases, other], [other, ...bases]]) {
      await writeLock(folder, JSON.stringify({ bases: all }));
      const error = await failsWith(["usage"], () => open().bases());
      assert.match(error.message, "it locks oci:base:v1 twice for windows/amd64 ltsc2022.");
    }
  }));

test("a reference with a digest is not locked, for there is nothing to add", () =>
  withBase(async (open) => {
    const BASE = `a.example/b@sha256:${"0".repeat(64)}`;
    const error = await failsWith(["usage"], () => updateBase(open({ BASE })));
    assert.match(error.message, "it has a digest, which is all that a lock would add");
  }));

test("with nothing locked, Windows alone is an error, beside Linux it is missing, for a push an error again", () =>
  withBase(async (open) => {
    const alone = await failsWith(["usage"], () => open().bases());
    assert.match(
      alone.message,
      /Cannot build windows\/amd64 1809: no base is locked .* So it is with windows\/amd64 ltsc2022, windows\/amd64 ltsc2025\.$/,
    );
    const both = { OS: "linux windows", OSVERSION: "1809", REGISTRY: "r.example" };
    const { found, missing } = await open(both).bases();
    assert.equal(found, []);
    assert.equal(missing.map(({ edition: { name } }) => name), ["windows/amd64 1809"]);
    const pushed = await failsWith(["usage"], () => open(both, "push").bases());
    assert.match(pushed.message, /Linux alone is OS=linux\.$/);
  }));

test("for Linux alone nobody asks for a base, and none has to be there", () =>
  withBase(async (open) => {
    assert.equal(await open({ OS: "linux", BASE: "" }).bases(), { found: [], missing: [] });
  }));

test("an architecture that there are no images for, and an archive for docker load, are refused", () =>
  withBase(async (open) => {
    const arm = await failsWith(["usage"], () => open({ ARCH: "arm64" }));
    assert.match(
      arm.message,
      'OS="windows" and ARCH="arm64": there they are for amd64. ALL_ARCH_WINDOWS says so',
    );
    const archive = await failsWith(["usage"], () => open({ OUTPUT: "docker-archive:x.tar" }));
    assert.match(archive.message, "takes no layers that stay elsewhere");
    const TAG = "t".repeat(106);
    const long = await failsWith(["usage"], () => open({ TAG }, "container"));
    assert.match(long.message, 'with "-windows-amd64-ltsc2022" after it');
  }));

test("update-base is planned as what it writes, and asks nobody for that", () =>
  withBase(async (_open, directory) => {
    const lines = await plan({
      goals: ["update-base"],
      directory,
      assignments: { BASE: "x.invalid/y:1" },
    });
    assert.equal(lines, ["# lock x.invalid/y:1 in src/windows/base.lock.json"]);
  }));

test.run();
