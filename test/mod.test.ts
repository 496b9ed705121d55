import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EXIT_CODES, GOALS, PauseError, plan, VARIABLES, verify } from "../build/mod.ts";
import type { Judged, Outcome, Report, VerifyOptions } from "../build/mod.ts";
import { layoutStore } from "../build/store/layout/layout.ts";
import { elfBytes, goodElf } from "./compile/elf-file.ts";
import { putImage } from "./store/put.ts";
import { failsWith } from "./support/fails.ts";
import { withFolder } from "./support/folder.ts";
import { sampleImage } from "./support/images.ts";

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

test.run();
