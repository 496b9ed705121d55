import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../support/folder.ts";
import { deadOwner, foreignOwner } from "../support/owners.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { lacks, skip } from "../support/skip.ts";

test("the next run that compiles removes what killed ones left in bin/, and nothing of others", async () => {
  const missing = lacks("clang-19");
  if (missing !== undefined) return skip(missing);
  await withFolder(async (folder) => {
    const left = `${deadOwner()}-0123456789ab.tmp`;
    const abroad = `${foreignOwner()}-0123456789ab.tmp`;
    const stay = ["bin/notes", `bin/notes.${left}`, `bin/pause-arm.${abroad}`];
    const go = [`bin/pause-arm.${left}`, `bin/.stamps/pause-arm.json.${left}`];
    mkdirSync(join(folder, "bin/.stamps"), { recursive: true });
    for (const name of [...stay, ...go]) writeFileSync(join(folder, name), "");
    const program = onDeno(process.cwd());
    const ended = await runProgram(folder, ["build", "ARCH=amd64"], { program });
    assert.is(ended.exitCode, 0, ended.stderr);
    const bin = readdirSync(join(folder, "bin")).filter((name) => name !== ".stamps");
    assert.equal(bin.map((name) => `bin/${name}`).sort(), [...stay, "bin/pause-amd64"].sort());
    const stamps = readdirSync(join(folder, "bin/.stamps"));
    assert.equal(stamps.filter((name) => !name.endsWith(".json")), []);
  });
});

test.run();
