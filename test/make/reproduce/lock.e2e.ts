import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Metadata } from "../../../build/make/metadata.ts";
import { EXPECTED_FILE } from "../../../build/make/reproduce/expected-file.ts";
import type { Lock, LockReport } from "../../../build/make/reproduce/lock.ts";
import { report } from "../../support/report.ts";
import { runProgram } from "../../support/program.ts";
import { lacks, skip } from "../../support/skip.ts";
import { withClone } from "./clone.ts";

const missing = lacks("clang-19", "lld-link-19", "git");

async function checked(root: string): Promise<LockReport & { readonly exitCode: number }> {
  const ended = await runProgram(root, ["reproduce", "--lock", "--json"]);
  assert.is.not(ended.stdout, "", ended.stderr);
  return { ...JSON.parse(ended.stdout) as LockReport, exitCode: ended.exitCode };
}

const lockIn = (root: string): Lock =>
  JSON.parse(readFileSync(join(root, EXPECTED_FILE), "utf8")) as Lock;

test("these sources become what pause.lock.json says, byte for byte; other tools are told of", async () => {
  if (missing !== undefined) return skip(missing);
  const { verdict, differences } = await checked(process.cwd());
  const sides = differences.map(({ at, image, rebuilt }) =>
    `${at}: ${image} in ${EXPECTED_FILE}, and here ${rebuilt}`
  );
  if (verdict === "identical" && sides.length === 0) return;
  // Debian may give clang-19 another revision: that is nobody's mistake here.
  report([`${EXPECTED_FILE}: ${verdict}`, ...sides]);
  assert.is.not(verdict, "different", `${sides.join("\n")}\nRenew it with "./make update-lock".`);
});

test("the lock is what a clone builds with SOURCE_DATE_EPOCH=0, whatever its commit; update-lock writes it, and leaves one that is right alone", async () => {
  if (missing !== undefined) return skip(missing);
  await withClone(async ({ root, make }) => {
    await make("update-lock");
    const lock = lockIn(root);
    assert.is(Object.keys(lock.programs).length, 13);
    const before = readFileSync(join(root, EXPECTED_FILE));
    const again = await runProgram(root, ["update-lock", "SOURCE_DATE_EPOCH=77", "REV=abc"]);
    assert.match(again.stdout, /pause\.lock\.json .* is up to date/);
    assert.equal(readFileSync(join(root, EXPECTED_FILE)), before);
    const built = await runProgram(root, ["build", "OS=linux windows", "--json"]);
    for (const { path, digest } of (JSON.parse(built.stdout) as Metadata).programs) {
      assert.is(lock.programs[path], digest, path);
    }
    const { exitCode, stderr } = await runProgram(root, ["update-lock", "ARCH=amd64"]);
    assert.is(exitCode, 3);
    assert.match(stderr, /Cannot write pause\.lock\.json: .* the targets/);
  });
});

test("what is not as it is locked is told by its name, and that tools are others comes before it", async () => {
  if (missing !== undefined) return skip(missing);
  await withClone(async ({ root }) => {
    const path = join(root, EXPECTED_FILE);
    const lock = lockIn(process.cwd());
    const wrong = { ...lock.programs, "bin/pause-arm64": lock.index };
    writeFileSync(path, JSON.stringify({ ...lock, programs: wrong }));
    const different = await checked(root);
    assert.ok(different.differences.some(({ at }) => at === "bin/pause-arm64"));
    assert.is(different.exitCode, different.verdict === "different" ? 10 : 13);
    const [clang = assert.unreachable(), ...rest] = lock.tools;
    const tools = [{ ...clang, told: "clang version 99.0.0" }, ...rest];
    writeFileSync(path, JSON.stringify({ ...lock, tools, programs: wrong }));
    const other = await checked(root);
    assert.is(other.exitCode, 13);
    assert.is(other.differences[0]?.at, "clang");
    writeFileSync(path, "{");
    const broken = await runProgram(root, ["reproduce", "--lock"]);
    assert.is(broken.exitCode, 3);
    assert.match(broken.stderr, /no JSON object\. Write it anew with "\.\/make update-lock"/);
  });
});

test.run();
