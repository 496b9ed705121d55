// deadline: 600 s
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { VERSIONS, windowsBase } from "../../support/windows-base.ts";
import { isUntouched, publishBase, tagsOf, windowsTest } from "./place.ts";

const LOCK = "src/windows/base.lock.json";

windowsTest(
  "without a lock Linux is built, and the rest is said to be missing; a push is refused before anything is sent",
  async ({ registry, run, folder, base }) => {
    const built = await run("all");
    assert.is(built.exitCode, 11, built.stderr);
    const { images, missing } = JSON.parse(built.stdout);
    assert.equal(images.map(({ platform }: { platform: string }) => platform), ["linux/amd64"]);
    assert.equal(missing.map(({ name }: { name: string }) => name), [
      "windows/amd64 1809",
      "windows/amd64 ltsc2022",
      "windows/amd64 ltsc2025",
    ]);
    assert.match(
      missing[0].reason,
      `has none of ${base}). Lock what it names now with "./make update-base"`,
    );
    for (const goal of ["all-push", "push", "push-manifest"]) {
      const pushed = await run(goal);
      assert.is(pushed.exitCode, 3, pushed.stderr);
      assert.match(pushed.stderr, "./make update-base");
      assert.match(pushed.stderr, "Linux alone is OS=linux");
    }
    const alone = await run("all", "OS=windows");
    assert.is(alone.exitCode, 3, alone.stderr);
    assert.ok(isUntouched(registry));
    assert.not.ok(existsSync(join(folder, LOCK)));
  },
);

windowsTest(
  "a base that may not be read is missing, with the reason, and is built when it may",
  async ({ registry, run, make }) => {
    await make("update-base");
    registry.fault({ route: "manifest", times: 3, fault: { status: 403 } });
    const away = await run("all");
    assert.is(away.exitCode, 11, away.stderr);
    assert.match(JSON.parse(away.stdout).missing[0].reason, /Cannot pull .*base\/windows: .* 403/);
    const { missing, images } = await make("all");
    assert.equal(missing, []);
    assert.is(images.length, 4);
  },
);

windowsTest(
  "update-base says what is locked, what changed, and what did not; the build follows the lock, and not the tag",
  async ({ registry, make, folder }) => {
    const outcomes = async () => (await make("update-base")).bases.map(({ outcome }) => outcome);
    assert.equal(await outcomes(), ["locked", "locked", "locked"]);
    const lock = await readFile(join(folder, LOCK), "utf8");
    assert.equal(await outcomes(), ["unchanged", "unchanged", "unchanged"]);
    const first = await make("all-push");
    const updates = VERSIONS.with(1, "10.0.20348.4000");
    await publishBase(registry.host, { versions: updates });
    await rm(join(folder, "out"), { recursive: true });
    await rm(join(folder, "bin"), { recursive: true });
    assert.equal((await make("all-push")).index, first.index);
    const { bases } = await make("update-base");
    assert.equal(
      bases.map(({ outcome }) => outcome),
      ["changed", "changed", "changed"].with(1, "changed"),
    );
    assert.is(bases[1]?.before?.["os.version"], "10.0.20348.3207");
    assert.is(bases[1]?.now["os.version"], "10.0.20348.4000");
    assert.is.not(await readFile(join(folder, LOCK), "utf8"), lock);
    const { images } = await make("all-push");
    assert.equal(images.map(({ osVersion }) => osVersion).slice(1), updates);
  },
);

windowsTest(
  "a base that is gone, while its tag names another, is an error that names both; nothing is pushed",
  async ({ registry, make, run }) => {
    const { bases } = await make("update-base");
    registry.repositories.delete("base/windows");
    await publishBase(registry.host, { seed: 2 });
    for (const goal of ["all", "all-push"]) {
      const { exitCode, stderr } = await run(goal);
      assert.is(exitCode, 10, stderr);
      assert.match(
        stderr,
        `was locked as ${bases[0]?.now.manifest} (10.0.17763.6893), which is not there any more`,
      );
      assert.match(
        stderr,
        /its tag now names sha256:[0-9a-f]{64}\. See what changed, .*update-base/,
      );
    }
    assert.ok(isUntouched(registry));
  },
);

windowsTest(
  "a lock that says another version than the base is refused",
  async ({ registry, make, run, folder }) => {
    await make("update-base");
    const path = join(folder, LOCK);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("10.0.20348.3207", "10.0.20348.1"));
    const { exitCode, stderr } = await run("all-push");
    assert.is(exitCode, 10, stderr);
    assert.match(stderr, "was locked as 10.0.20348.1, and is of 10.0.20348.3207");
    assert.ok(isUntouched(registry));
  },
);

windowsTest(
  "a base without a version is refused; OSVERSION builds what there is",
  async ({ registry, make, run, folder }) => {
    const refused = await run("update-base");
    assert.is(refused.exitCode, 3, refused.stderr);
    assert.match(refused.stderr, "none is for windows/amd64 10.0.26100");
    assert.not.ok(existsSync(join(folder, LOCK)));
    const some = ["OSVERSION=1809 ltsc2022", "ALL_OSVERSIONS=1809 ltsc2022"];
    await make("update-base", ...some);
    const { images } = await make("all-push", ...some);
    assert.equal(images.map(({ osVersion }) => osVersion), [undefined, ...VERSIONS.slice(0, 2)]);
    const pinned = await run(
      "all-push",
      `BASE=${registry.host}/base/windows@${
        (await windowsBase({ versions: VERSIONS.slice(0, 2) })).index.descriptor.digest
      }`,
      "TAG=v2",
    );
    assert.is(pinned.exitCode, 3, pinned.stderr);
    assert.match(pinned.stderr, "none is for windows/amd64 10.0.26100");
    assert.is(tagsOf(registry).v2, undefined);
  },
  { versions: VERSIONS.slice(0, 2) },
);

windowsTest(
  "a base for another architecture is refused by what it is",
  async ({ registry, run }) => {
    const { exitCode, stderr } = await run("update-base");
    assert.is(exitCode, 3, stderr);
    assert.match(stderr, "it has windows/arm64 10.0.17763.6893");
    assert.ok(isUntouched(registry));
  },
  { platform: { os: "windows", architecture: "arm64" } },
);

windowsTest("BASE with a digest needs no lock", async ({ registry, make }) => {
  const { index: { descriptor: { digest } } } = await windowsBase();
  const { images } = await make("all-push", `BASE=${registry.host}/base/windows@${digest}`);
  assert.equal(images.map(({ osVersion }) => osVersion), [undefined, ...VERSIONS]);
});

test.run();
