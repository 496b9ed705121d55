import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Command, type Ended, run } from "../../build/host/process.ts";
import { listFiles } from "../../.github/release/files.ts";
import { TARGETS } from "../../build/compile/targets.ts";

/** What this Deno says of the package; nothing is sent. */
async function deno(...words: readonly string[]): Promise<Ended> {
  const command: Command = [process.execPath, ...words];
  return await run(command, { env: { NO_COLOR: "1" } });
}

/** What needs GitHub's packages, or a clone. */
const LEFT_OUT = /^(action\.ts|github\/.*)$/;

test("the package for JSR can be published, without slow types, and holds these files and no others", async () => {
  const { exitCode, stdout, stderr } = await deno("publish", "--dry-run", "--allow-dirty");
  const said = `${stdout}${stderr}`;
  assert.is(exitCode, 0, said);
  assert.not.match(said, /^warning/im);
  const root = `file://${process.cwd()}/`;
  const published = [...said.matchAll(/^ +(file:\S+) \(/gm)]
    .map(([, url = ""]) => url.replace(root, "")).sort();
  const builder = listFiles("build").filter((path) => !LEFT_OUT.test(path))
    .map((path) => `build/${path}`);
  const targets = TARGETS.map(({ arch }) => `arch/${arch}/target.ts`);
  const others = ["CHANGELOG.md", "LICENSE", "README.md", "deno.json"];
  assert.equal(published, [...builder, ...targets, ...others].sort());
});

test("every export of the library is documented, and what its types are made of is exported", async () => {
  const { exitCode, stdout, stderr } = await deno("doc", "--lint", "build/mod.ts");
  assert.is(exitCode, 0, `${stdout}${stderr}`);
});

test("what is exported is there", () => {
  const { exports } = JSON.parse(readFileSync("deno.json", "utf8")) as {
    exports: Readonly<Record<string, string>>;
  };
  assert.equal(Object.keys(exports), [".", "./cli"]);
  for (const path of Object.values(exports)) assert.ok(existsSync(path), path);
});

test.run();
