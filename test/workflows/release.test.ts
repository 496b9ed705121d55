import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Found, readRelease } from "../../.github/release/release.ts";

const CHANGELOG = `# Changelog

## Unreleased

- what comes

## 0.2.0 - 2026-12-01

### Added

- a thing

## 0.1.0 - 2026-11-22

- the first
`;

/** What there is when version 0.2.0 is to be released. */
const found = (rest: Partial<Found> = {}): Found => ({
  versions: { "package.json": "0.2.0", "deno.json": "0.2.0" },
  changelog: CHANGELOG,
  tags: ["v0", "v0.1.0", "v0.2.0", "docs-9.9.9"],
  ...rest,
});

test("a tag that is the version of all files is a release, with what the changelog says", () => {
  assert.equal(readRelease("v0.2.0", found()), {
    version: "0.2.0",
    prerelease: false,
    major: "v0",
    notes: "### Added\n\n- a thing",
  });
});

test("the last section of the changelog ends with it", () => {
  const versions = { "package.json": "0.1.0" };
  const { notes } = readRelease("v0.1.0", found({ versions }));
  assert.is(notes, "- the first");
});

test("all that keeps a tag from being a release is said at once", () => {
  const versions = { "package.json": "0.2.0", "deno.json": "0.1.0", "build/version.ts": "0.3.0" };
  const changelog = "## 0.2.0\n\n- no date\n\n## 0.2.0 - 2026-12-01\n\n";
  assert.throws(
    () => readRelease("v0.2.0", found({ versions, changelog })),
    (error: Error) =>
      error.message ===
        "Cannot release v0.2.0: deno.json says 0.1.0; build/version.ts says 0.3.0; " +
          'CHANGELOG.md has no "## 0.2.0 - YYYY-MM-DD" with text. ' +
          "Correct the files, and tag the commit that does.",
  );
});

test("a version that another one begins with is another one", () => {
  const versions = { "package.json": "0.2.0" };
  const changelog = "## 0.2.0-rc.1 - 2026-11-30\n\n- a candidate\n";
  assert.throws(() => readRelease("v0.2.0", found({ versions, changelog })), /CHANGELOG/);
});

test("a tag that is no version is refused", () => {
  for (const tag of ["0.2.0", "v0.2", "v0", "vnext", "v0.2.0+build", "V0.2.0", "v0.2.0 ", ""]) {
    assert.throws(() => readRelease(tag, found()), /it is no version/, tag);
  }
});

test("a pre-release moves no major tag", () => {
  const versions = { "package.json": "0.2.0-rc.1" };
  const changelog = "## 0.2.0-rc.1 - 2026-11-30\n\n- a candidate\n";
  const release = readRelease("v0.2.0-rc.1", found({ versions, changelog, tags: ["v0.1.0"] }));
  assert.is(release.prerelease, true);
  assert.is(release.major, undefined);
});

test("a release that is older than another of its major version moves no major tag", () => {
  const majorAmong = (...tags: string[]): string | undefined =>
    readRelease("v0.2.0", found({ tags })).major;
  assert.is(majorAmong("v0.10.0"), undefined);
  assert.is(majorAmong("v0.2.1"), undefined);
  assert.is(majorAmong("v1.0.0"), "v0");
  assert.is(majorAmong("v0.3.0-rc.1"), "v0");
  assert.is(majorAmong(), "v0");
});

test.run();
