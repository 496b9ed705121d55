/** The launcher with the real npm, and a registry that is not to be trusted. */

import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EXIT_CODES } from "../../build/error.ts";
import { type Ended, run } from "../../build/host/process.ts";
import { withFolder } from "../support/folder.ts";
import { withHttpServer } from "../support/http-server.ts";

const NAME = "@deno/this-system";
const VERSION = "1.0.0";

/** A package with a program that says `word`, and a script that wants to run when it is installed. */
async function packageOf(word: string): Promise<Uint8Array> {
  return await withFolder(async (folder) => {
    const inside = join(folder, "package");
    mkdirSync(inside);
    const scripts = { preinstall: "touch ran", postinstall: "touch ran" };
    writeFileSync(
      join(inside, "package.json"),
      JSON.stringify({ name: NAME, version: VERSION, scripts }),
    );
    writeFileSync(join(inside, "deno"), `#!/bin/sh\necho ${word}\n`);
    chmodSync(join(inside, "deno"), 0o755);
    const file = join(folder, "package.tgz");
    assert.is((await run(["tar", "-C", folder, "-czf", file, "package"])).exitCode, 0);
    return new Uint8Array(readFileSync(file));
  });
}

const integrityOf = (bytes: Uint8Array): string =>
  `sha512-${createHash("sha512").update(bytes).digest("base64")}`;

/** A clone that needs one package, whose bytes it knows. */
function cloneInto(root: string, known: Uint8Array): void {
  for (const name of ["make", ".npmrc"]) copyFileSync(name, join(root, name));
  const about = { name: "clone", version: VERSION, devDependencies: { [NAME]: VERSION } };
  writeFileSync(join(root, "package.json"), JSON.stringify(about));
  const entry = {
    version: VERSION,
    integrity: integrityOf(known),
    dev: true,
    hasInstallScript: true,
  };
  const packages = { "": about, [`node_modules/${NAME}`]: entry };
  const lock = { name: "clone", version: VERSION, lockfileVersion: 3, requires: true, packages };
  writeFileSync(join(root, "package-lock.json"), JSON.stringify(lock));
}

/** Launches the clone in `root` where the registry has these bytes, and says that they are right. */
async function launch(root: string, served: Uint8Array): Promise<Ended> {
  return await withHttpServer(({ url = "", headers }, response) => {
    if (url.endsWith(".tgz")) return void response.end(served);
    const dist = { tarball: `http://${headers.host}/package.tgz`, integrity: integrityOf(served) };
    const versions = { [VERSION]: { name: NAME, version: VERSION, dist } };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ name: NAME, "dist-tags": { latest: VERSION }, versions }));
  }, ({ host }) =>
    run([join(root, "make"), "help"], {
      env: {
        HOME: root,
        npm_config_cache: join(root, ".cache"),
        npm_config_registry: `http://${host}/`,
      },
    }));
}

test("what the lockfile names is installed and runs, and none of its install scripts do", async () => {
  const known = await packageOf("known");
  await withFolder(async (root) => {
    cloneInto(root, known);
    const { exitCode, stdout, stderr } = await launch(root, known);
    assert.equal([exitCode, stdout], [0, "known\n"], stderr);
    assert.not.ok(existsSync(join(root, "node_modules", NAME, "ran")));
  });
});

test("what a registry serves in its place is neither installed nor run", async () => {
  const [known, other] = [await packageOf("known"), await packageOf("other")];
  await withFolder(async (root) => {
    cloneInto(root, known);
    for (let tries = 0; tries < 2; tries++) {
      const { exitCode, stdout, stderr } = await launch(root, other);
      assert.equal([exitCode, stdout], [EXIT_CODES.toolchain, ""]);
      assert.match(stderr, /EINTEGRITY/);
      assert.not.ok(existsSync(join(root, "node_modules", NAME)));
    }
    assert.is((await launch(root, known)).stdout, "known\n", "and the right bytes do");
  });
});

test.run();
