import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TARGETS } from "../../build/compile/targets.ts";
import type { Metadata } from "../../build/make/metadata.ts";
import { formatPlatform } from "../../build/oci/platform.ts";
import { withFolder } from "../support/folder.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { lacks, skip } from "../support/skip.ts";

/** What stands in README between the marks of that name. */
function block(name: string): string {
  const readme = readFileSync("README.md", "utf8");
  const [, found = ""] = new RegExp(`<!-- ${name}: begin -->\n(.*?)<!-- ${name}: end -->`, "s")
    .exec(readme) ?? [];
  return found.trim();
}

/** The table of architectures, from what was compiled. */
function sizeTable({ programs }: Metadata): string {
  const rows = programs.map(({ arch, size }) => {
    const { platforms = [] } = TARGETS.find((target) => target.arch === arch) ?? {};
    return `| \`${arch}\` | ${platforms.map(formatPlatform).join(", ")} | ${size} |`;
  });
  return ["| `ARCH` | Platforms | Program, bytes |", "| --- | --- | ---: |", ...rows].join("\n");
}

/** A table as it is before a formatter aligns its columns. */
function unaligned(table: string): string {
  return table.replaceAll(/ +/g, " ").replaceAll(/-+/g, "-");
}

test("README's table of architectures has the sizes of what is compiled", async () => {
  const missing = lacks("clang-19");
  if (missing !== undefined) return skip(missing);
  await withFolder(async (folder) => {
    const program = onDeno(process.cwd());
    const { exitCode, stdout, stderr } = await runProgram(folder, ["build", "--json"], { program });
    assert.is(exitCode, 0, stderr);
    const table = sizeTable(JSON.parse(stdout) as Metadata);
    assert.is(unaligned(block("sizes")), unaligned(table), `README should have:\n${table}`);
  });
});

test.run();
