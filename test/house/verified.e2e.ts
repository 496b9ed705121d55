/** What the launcher looks at before it installs, and before it runs what is installed. */

import {
  appendFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EXIT_CODES } from "../../build/error.ts";
import { onFreshMachine } from "./launcher-place.ts";

const NPM = "npm ci --ignore-scripts --include=dev --include=optional";
const STAMP = "node_modules/.pause-image.cksum";

/** What can become of what was installed, and is noticed at the next start. */
const CHANGES: Readonly<Record<string, (root: string) => void>> = {
  "another run of npm": (root) =>
    appendFileSync(join(root, "node_modules/.package-lock.json"), " "),
  "no list of what npm installed": (root) => rmSync(join(root, "node_modules/.package-lock.json")),
  "a stamp of something else": (root) =>
    writeFileSync(join(root, STAMP), "1 2 package-lock.json\n"),
  "an empty stamp": (root) => writeFileSync(join(root, STAMP), ""),
  "no stamp": (root) => rmSync(join(root, STAMP)),
  "another Deno": (root) => {
    const path = join(root, "node_modules/@deno/this-system/deno");
    writeFileSync(path, "#!/bin/sh\necho pwned\n");
    const later = statSync(join(root, STAMP)).mtimeMs / 1000 + 1;
    utimesSync(path, later, later);
  },
};

for (const [what, change] of Object.entries(CHANGES)) {
  test(`${what}: the packages are installed anew before anything of them runs`, async () => {
    await onFreshMachine(async ({ launch, called, root }) => {
      await launch(["help"]);
      called();
      change(root);
      const { exitCode, stdout } = await launch(["help"]);
      assert.equal([exitCode, called()], [0, [NPM]]);
      assert.match(stdout, /build\/cli\.ts help\n$/);
      assert.equal([(await launch(["help"])).exitCode, called()], [0, []]);
    });
  });
}

/** Lockfiles by which npm would install what nobody verifies. */
const UNVERIFIED: Readonly<Record<string, (entry: Record<string, unknown>) => unknown>> = {
  "no integrity": (entry) => delete entry.integrity,
  "the integrity of a weak hash": (entry) => entry.integrity = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
  "an address": (entry) => entry.resolved = "https://evil.example/uvu.tgz",
  "a link": (entry) => entry.link = true,
};

for (const [what, spoil] of Object.entries(UNVERIFIED)) {
  test(`a lockfile with ${what} is refused before npm runs`, async () => {
    await onFreshMachine(async ({ launch, called, root }) => {
      const path = join(root, "package-lock.json");
      const lock = JSON.parse(readFileSync(path, "utf8"));
      spoil(lock.packages["node_modules/uvu"]);
      writeFileSync(path, JSON.stringify(lock));
      const { exitCode, stdout, stderr } = await launch(["help"]);
      assert.equal([exitCode, stdout, called()], [EXIT_CODES.toolchain, "", []]);
      assert.match(stderr, /package-lock\.json has no sha512 of node_modules\/uvu\. Run "git/);
      assert.not.ok(existsSync(join(root, ".installing")));
    });
  });
}

test("a lockfile that is none is refused before npm runs", async () => {
  await onFreshMachine(async ({ launch, called, root }) => {
    writeFileSync(join(root, "package-lock.json"), "{");
    const { exitCode, stderr } = await launch(["help"]);
    assert.equal([exitCode, called()], [EXIT_CODES.toolchain, []]);
    assert.match(stderr, /package-lock\.json cannot be read, as said above/);
  });
});

test.run();
