import { cpSync, existsSync, readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Command, type Ended, run } from "../../build/host/process.ts";
import { listFiles } from "../../.github/release/files.ts";
import { EXIT_CODES } from "../../build/error.ts";
import { withFolder } from "../support/folder.ts";
import { withHttpServer } from "../support/http-server.ts";
import { lacks, skip } from "../support/skip.ts";
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

/** Answers with the files of the clone, as JSR does. */
const serve: RequestListener = ({ url = "/" }, response) => {
  const file = join(process.cwd(), url);
  if (!existsSync(file)) return void response.writeHead(404).end();
  const type = file.endsWith(".json") ? "application/json" : "application/typescript";
  response.writeHead(200, { "content-type": type }).end(readFileSync(file));
};

test("run from a URL, the command builds the sources of the working directory, or says that there are none", () =>
  withHttpServer(serve, ({ host }) =>
    withFolder(async (folder) => {
      // Without node_modules the packages come from npm, where the system's authorities may stand.
      const env = {
        DENO_DIR: join(folder, "cache"),
        DENO_TLS_CA_STORE: "system,mozilla",
        NO_COLOR: "1",
      };
      const flags = ["-A", "--quiet", "--no-lock", "--no-check", "--import-map=deno.json"] as const;
      const start = (...words: readonly string[]): Promise<Ended> => {
        const url = `http://${host}/build/cli.ts`;
        return run([process.execPath, "run", ...flags, url, ...words, "-C", folder], { env });
      };
      const nowhere = await start("build", "ARCH=arm64");
      assert.is(nowhere.exitCode, EXIT_CODES.usage, nowhere.stderr);
      assert.match(nowhere.stderr, /^error: Cannot find src\/linux\/pause\.c: .* install the npm/);
      for (const part of ["src", "arch"]) cpSync(part, join(folder, part), { recursive: true });
      const missing = lacks("clang-19");
      if (missing !== undefined) return skip(missing);
      const { exitCode, stderr } = await start("build", "ARCH=arm64");
      assert.is(exitCode, 0, stderr);
      assert.ok(existsSync(join(folder, "bin", "pause-arm64")));
    })));

test("what is exported is there", () => {
  const { exports } = JSON.parse(readFileSync("deno.json", "utf8")) as {
    exports: Readonly<Record<string, string>>;
  };
  assert.equal(Object.keys(exports), [".", "./cli"]);
  for (const path of Object.values(exports)) assert.ok(existsSync(path), path);
});

test.run();
