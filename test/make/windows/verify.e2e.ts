// deadline: 600 s
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import * as assert from "uvu/assert";
import { test } from "uvu";
import { onDeno, runProgram } from "../../support/program.ts";
import { VERSIONS } from "../../support/windows-base.ts";
import { windowsTest } from "./place.ts";

const program = onDeno(process.cwd());

windowsTest(
  "verify passes every row of a list with Windows, on a registry and in a layout",
  async ({ folder, registry, make }) => {
    await make("update-base");
    await make("all-push");
    await make("all");
    for (const target of [`${registry.host}/k8s/pause:v1`, "oci:out"]) {
      const words = ["verify", target, "--json"];
      const { exitCode, stdout, stderr } = await runProgram(folder, words, { program });
      assert.is(exitCode, 0, stdout + stderr);
      const names = JSON.parse(stdout).subjects.map(({ name }: { name: string }) => name);
      const windows = VERSIONS.map((version) => `windows/amd64 ${version}`);
      assert.equal(names, ["index", "linux/amd64", ...windows]);
    }
  },
);

windowsTest(
  "verify passes every row of each program for Windows, and finds what is changed in one",
  async ({ folder, make }) => {
    await make("build", "OS=windows", "ALL_ARCH=amd64 arm64");
    const verify = (name: string) => runProgram(folder, ["verify", name], { program });
    for (const arch of ["amd64", "arm64"]) {
      for (const name of ["pause", "wincat"]) {
        const { exitCode, stdout, stderr } = await verify(`bin/${name}-windows-${arch}.exe`);
        assert.is(exitCode, 0, stdout + stderr);
        assert.match(stdout, `windows/${arch}`);
      }
    }
    const bytes = await readFile(join(folder, "bin/pause-windows-amd64.exe"));
    await writeFile(join(folder, "longer.exe"), new Uint8Array([...bytes, 0]));
    const { exitCode, stdout } = await verify("longer.exe");
    assert.is(exitCode, 10, stdout);
    assert.match(stdout, /pe-size should hold/);
  },
);

test.run();
