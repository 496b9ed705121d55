import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TARGETS } from "../../build/compile/targets.ts";

const ci = readFileSync(".ci/run", "utf8");
const setup = readFileSync("test/setup.sh", "utf8");

test("CI installs what the tests start, and runs README's test command", () => {
  const readme = readFileSync("README.md", "utf8");
  const command = /^## Test\n+```sh\n(.+)\n```$/m.exec(readme)?.[1];
  assert.is(command, "./make test");
  assert.equal(ci.trimEnd().split("\n").slice(-2), ["test/setup.sh", command]);
  assert.match(ci, /^export CI=true$/m);
});

test("the tests have the cross compiler of every architecture that Debian 12 has one for", () => {
  const packages = /^PACKAGES="([^"]*)"/m.exec(setup)?.[1]?.split(/\s+/) ?? [];
  const missing = TARGETS.filter(({ gnu }) => !packages.includes(gnu.debian));
  assert.equal(missing.map(({ arch }) => arch), ["loong64"]);
});

test.run();
