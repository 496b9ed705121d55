import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bundleProgram } from "../../.github/release/node-bundle.ts";
import { type Command, run } from "../../build/host/process.ts";
import type { Metadata } from "../../build/make/metadata.ts";
import { cloneInto } from "../support/clone.ts";
import { withFolder } from "../support/folder.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { lacks, skip } from "../support/skip.ts";

/** The digests of the index and of the programs for Windows in the clone at `root`, from nothing, on `program`. */
async function digestOf(
  root: string,
  program: Command,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  rmSync(join(root, "bin"), { recursive: true, force: true });
  rmSync(join(root, "out"), { recursive: true, force: true });
  const made = async (...words: readonly string[]): Promise<Metadata> => {
    const ended = await runProgram(root, [...words, "--json"], { program, env });
    assert.is(ended.exitCode, 0, ended.stderr);
    return JSON.parse(ended.stdout) as Metadata;
  };
  const { index } = await made("all");
  const { programs } = await made("build", "OS=windows");
  assert.is(programs.length, 4);
  return [index, ...programs].map((thing) => thing?.digest ?? assert.unreachable()).join("\n");
}

test("the index and the programs for Windows are the same in every folder, time zone, locale, umask, user and runtime", async () => {
  const missing = lacks("clang-19", "git", "node", "setpriv");
  if (missing !== undefined) return skip(missing);
  await withFolder(async (folder) => {
    const [here, there] = [join(folder, "here"), join(folder, "a folder of another name")];
    mkdirSync(here);
    cloneInto(here);
    cpSync(here, there, { recursive: true, verbatimSymlinks: true });
    const bundle = join(folder, "pause-image.mjs");
    await bundleProgram(process.cwd(), bundle);
    const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] as const;
    const deno = (root: string): Command => onDeno(root);
    const umask = (mask: string): Command => ["sh", "-c", `umask ${mask}; exec "$@"`, "sh"];
    const digest = await digestOf(here, deno(here));
    const others: Record<string, string> = {
      "again": await digestOf(here, deno(here)),
      "another folder": await digestOf(there, deno(there)),
      "another time zone": await digestOf(here, deno(here), { TZ: "Pacific/Kiritimati" }),
      "another locale": await digestOf(here, deno(here), { LANG: "tr_TR.UTF-8", LC_ALL: "" }),
      "a tight umask": await digestOf(here, [...umask("077"), ...deno(here)]),
      "no umask": await digestOf(here, [...umask("000"), ...deno(here)]),
      "Node": await digestOf(here, ["node", bundle]),
    };
    await run(["chown", "-R", "65534:65534", folder]);
    others["another user"] = await digestOf(here, [
      ...asNobody,
      "env",
      `HOME=${folder}`,
      ...deno(here),
    ]);
    for (const [way, other] of Object.entries(others)) assert.is(other, digest, way);
  });
});

test.run();
