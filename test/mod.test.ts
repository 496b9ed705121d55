import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  build,
  doctor,
  EXIT_CODES,
  GOALS,
  load,
  mirror,
  PauseError,
  plan,
  push,
  save,
  sync,
  VARIABLES,
  verify,
} from "../build/mod.ts";
import type { Judged, Outcome, Report, VerifyOptions } from "../build/mod.ts";
import { layoutStore } from "../build/store/layout/layout.ts";
import { elfBytes, goodElf } from "./compile/elf-file.ts";
import { putImage } from "./store/put.ts";
import { failsWith } from "./support/fails.ts";
import { withFolder } from "./support/folder.ts";
import { sampleImage } from "./support/images.ts";
import { withRegistry } from "./support/registry.ts";

const QUIETLY: VerifyOptions = { static: true };

/** The rows of a report with that outcome, by their names. */
function idsOf({ subjects }: Report, wanted: Outcome): string[] {
  const rows: readonly Judged[] = subjects.flatMap((subject) => subject.rows);
  return rows.filter(({ outcome }) => outcome === wanted).map(({ row }) => row.id);
}

test("the library checks a program", () =>
  withFolder(async (folder) => {
    const path = join(folder, "pause");
    await writeFile(path, elfBytes(goodElf()));
    const good = await verify(path, QUIETLY);
    assert.is(good.outcome, "pass", JSON.stringify(good.subjects));
    assert.is(good.target, path);
    await writeFile(path, "#!/bin/sh\n");
    const bad = await verify(path, QUIETLY);
    assert.is(bad.outcome, "fail");
    assert.equal(idsOf(bad, "fail"), ["elf"]);
  }));

test("the library checks an image, and tells its platform", () =>
  withFolder(async (folder) => {
    await putImage(layoutStore(folder), sampleImage(1), ["3.10"]);
    const report = await verify(`oci:${folder}:3.10`, QUIETLY);
    assert.is(report.outcome, "fail");
    assert.ok(idsOf(report, "pass").includes("content"));
  }));

test("what cannot be checked is an error of the library's own kind", async () => {
  const error = await failsWith(["usage"], () => verify("/nonexistent"));
  assert.instance(error, PauseError);
  assert.is(EXIT_CODES[error.code], 3);
});

test("the library knows goals and variables, and plans what they make", async () => {
  assert.ok(GOALS.some(({ name }) => name === "all"));
  assert.ok(VARIABLES.some(({ name }) => name === "TAG"));
  assert.equal(await plan({ goals: ["clean"], directory: process.cwd() }), [
    "# remove what was made in bin/, and out/",
  ]);
});

test("the library mirrors, saves and loads by the names that users write", () =>
  withFolder(async (folder) => {
    await withRegistry({}, async ({ host }) => {
      const { digest } = sampleImage(1).manifest.descriptor;
      await putImage(layoutStore(folder), sampleImage(1), ["v1"]);
      const { mirrored, failures } = await mirror(`oci:${folder}`, [`${host}/app`, `${host}/b:v2`]);
      assert.equal(failures, []);
      assert.equal(mirrored[0]?.deliveries.map((one) => [one.destination, one.digest]), [
        [`${host}/app:v1`, digest],
        [`${host}/b:v2`, digest],
      ]);
      const file = join(folder, "a.tar");
      const saved = await save([`${host}/app:v1`], file);
      assert.is(saved.images[0]?.digest, digest);
      const { images, checked } = await load(file, `${host}/again`);
      assert.ok(checked);
      assert.is(images[0]?.deliveries[0]?.destination, `${host}/again/app:v1`);
    });
  }));

test("the library mirrors what a sync file names", () =>
  withFolder(async (folder) => {
    await withRegistry({}, async ({ host }) => {
      const { digest } = sampleImage(1).manifest.descriptor;
      await putImage(layoutStore(folder), sampleImage(1), ["v1"]);
      await mirror(`oci:${folder}:v1`, [`${host}/app`]);
      const file = join(folder, "mirror.yaml");
      const text = `{ version: 1, sources: [{ image: "${host}/app:v1" }], ` +
        `destinations: [{ to: "${host}/again/{name}" }] }`;
      await writeFile(file, text);
      const { mirrored, failures, skipped } = await sync(file);
      assert.equal([failures, skipped], [[], []]);
      assert.equal(mirrored[0]?.deliveries.map((one) => [one.destination, one.digest]), [
        [`${host}/again/app:v1`, digest],
      ]);
    });
  }));

test("the library tells what is wrong with a node", () =>
  withFolder(async (root) => {
    const { outcome, findings } = await doctor(root, { offline: true });
    assert.equal([outcome, findings.map(({ id }) => id)], ["unknown", ["runtime"]]);
  }));

test("build and push refuse what make refuses, and push wants to know where to", () =>
  withFolder(async (directory) => {
    const wrong = { assignments: { ARCH: "s930x" }, directory };
    for (const act of [build, push]) {
      const { message } = await failsWith(["usage"], () => act(wrong));
      assert.match(message, /s930x/);
    }
    for (const assignments of [{}, { OUTPUT: "oci:out" }]) {
      const { message } = await failsWith(["usage"], () => push({ assignments, directory }));
      assert.match(message, "REGISTRY is not set");
    }
  }));

test.run();
