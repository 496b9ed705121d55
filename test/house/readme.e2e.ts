import { basename } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TARGETS } from "../../build/compile/targets.ts";
import type { Metadata } from "../../build/make/metadata.ts";
import { formatPlatform } from "../../build/oci/platform.ts";
import { withFolder } from "../support/folder.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { lacks, skip } from "../support/skip.ts";
import { readmeBlock, unformatted } from "./readme.ts";

/** The table of architectures, from what was compiled. */
function sizeTable({ programs }: Metadata): string {
  const rows = programs.map(({ arch, os, path, size }) => {
    const { platforms = [] } = TARGETS.find((target) => target.arch === arch) ?? {};
    const where = os === "linux"
      ? platforms.map(formatPlatform).join(", ")
      : `${os}/${arch}, \`${basename(path).split("-")[0]}.exe\``;
    return `| \`${arch}\` | ${where} | ${size} |`;
  });
  return ["| `ARCH` | Platforms | Program, bytes |", "| --- | --- | ---: |", ...rows].join("\n");
}

test("README's table of architectures has the sizes of what is compiled", async () => {
  const missing = lacks("clang-19");
  if (missing !== undefined) return skip(missing);
  await withFolder(async (folder) => {
    const program = onDeno(process.cwd());
    const words = ["build", "OS=linux windows", "--json"];
    const { exitCode, stdout, stderr } = await runProgram(folder, words, { program });
    assert.is(exitCode, 0, stderr);
    const table = sizeTable(JSON.parse(stdout) as Metadata);
    assert.is(
      unformatted(readmeBlock("sizes")),
      unformatted(table),
      `README should have:\n${table}`,
    );
  });
});

test.run();
