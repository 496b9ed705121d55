import { test } from "uvu";
import * as assert from "uvu/assert";
import { isNamesOnly, requireRules, selectTags, type TagRules } from "../../build/mirror/tags.ts";
import { failsWith } from "../support/fails.ts";
import { isAttachmentTag } from "../../build/oci/attachment-tag.ts";
import { fc } from "../support/properties.ts";

const HEX = "0123456789abcdef".repeat(4);
const ATTACHED = ["", ".sig", ".att", ".sbom"].map((end) => `sha256-${HEX}${end}`);
const TAGS = [
  ...["3.9", "3.10", "3.10.1", "3.2", "3.10.1-linux-arm64", "3.10-linux-amd64", "3.11.0-rc.1"],
  ...["latest", "4", "20240115", "v2.0", ...ATTACHED],
];

const select = (rules: TagRules, tags: readonly string[] = TAGS): string[] =>
  selectTags("example.com/pause", tags, rules);

const CASES: readonly (readonly [what: string, rules: TagRules, taken: readonly string[]])[] = [
  ["names", { names: ["latest", "3.10", "latest"] }, ["3.10", "latest"]],
  ["a glob", { match: ["3.1*"] }, [
    "3.10",
    "3.10-linux-amd64",
    "3.10.1",
    "3.10.1-linux-arm64",
    "3.11.0-rc.1",
  ]],
  ["a glob less an exclusion", { match: ["3.1*"], exclude: ["*-*"] }, ["3.10", "3.10.1"]],
  ["3.9 in a range, 3.10 being higher", { semver: [">3.2 <3.10"] }, ["3.9"]],
  ["two numbers as a version", { semver: [">=3.9"] }, ["3.10", "3.10.1", "3.9"]],
  ["a range with a v", { semver: ["^2"] }, ["v2.0"]],
  ["several ranges", { semver: ["3.9", "2.x"] }, ["3.9", "v2.0"]],
  ["pre-releases of one version in a range that names one", { semver: [">=3.11.0-alpha"] }, [
    "3.11.0-rc.1",
  ]],
  ["all pre-releases when asked", { semver: [">3.10.1"], prereleases: true }, ["3.11.0-rc.1"]],
  ["names beside patterns", { names: ["latest"], semver: ["3.9"] }, ["3.9", "latest"]],
  ["a name that is excluded, because it is named", {
    names: ["3.10"],
    semver: ["3.x"],
    exclude: ["3.10*"],
  }, ["3.10", "3.2", "3.9"]],
  ["the newest of all versions", { newest: 2 }, ["3.10", "3.10.1"]],
  ["the newest by number, not by letter", { newest: 3 }, ["3.10", "3.10.1", "3.9"]],
  ["the newest of what matches", { match: ["3.?"], newest: 1 }, ["3.9"]],
  ["the newest of what is left", { newest: 1, exclude: ["3.10*"] }, ["3.9"]],
  ["the newest with pre-releases", { newest: 2, prereleases: true }, [
    "3.10.1",
    "3.11.0-rc.1",
  ]],
  ["the newest of a range that names a pre-release", {
    semver: [">=3.10.1 <3.11", ">=3.11.0-rc.0"],
    newest: 1,
  }, ["3.11.0-rc.1"]],
  ["fewer than the newest when there are no more", { match: ["3.2"], newest: 5 }, ["3.2"]],
  ["all", { all: true }, TAGS.filter((tag) => !ATTACHED.includes(tag)).sort()],
  ["all but some", { all: true, exclude: ["3*", "[l4]*", "2*"] }, ["v2.0"]],
  ["a signature that is named", { names: [ATTACHED[1] ?? ""] }, ATTACHED.slice(1, 2)],
];

for (const [what, rules, taken] of CASES) {
  test(`the rules take ${what}`, () => {
    const tags = what.startsWith("the newest") || what.includes("fewer")
      ? TAGS.filter((tag) => tag !== "v2.0" && tag !== "4" && tag !== "20240115")
      : TAGS;
    assert.equal(select(rules, tags), taken);
  });
}

test("a number alone is a build or a moving name, and no version", () => {
  assert.equal(select({ newest: 1 }, ["20240115", "4", "3.9"]), ["3.9"]);
  assert.equal(select({ semver: [">=1.0"] }, ["20240115", "4", "3.9"]), ["3.9"]);
});

test("numbers with leading zeros are numbers, and Helm's _ is a plus", () => {
  assert.equal(select({ newest: 1 }, ["2024.01.9", "2024.01.10", "2023.12.31"]), ["2024.01.10"]);
  assert.equal(select({ semver: ["1.2.3"] }, ["1.2.3_build.7", "1.2.4"]), ["1.2.3_build.7"]);
});

test("of tags that are the same version the last one counts as the newest", () => {
  assert.equal(select({ newest: 1 }, ["3.10", "3.10.0"]), ["3.10.0"]);
  assert.equal(select({ newest: 1 }, ["3.10.0", "3.10"]), ["3.10.0"]);
});

test("what looks like a version and is none is no version", () => {
  const odd = ["10.0.17763.1", `9${"9".repeat(20)}.0`, "1.2.3-a..b", "1.", "x1.2", "1.2.3-"];
  assert.equal(select({ newest: 9 }, [...odd, "1.2"]), ["1.2"]);
});

const MISSING: readonly (readonly [what: string, rules: TagRules, message: RegExp])[] = [
  ["a name that is nearly there", { names: ["3.1O"] }, /pause:3\.1O: .*Did you mean "3\.10?"\?/],
  ["a glob", { match: ["3.1*", "5.*"] }, /the pattern "5\.\*" takes none of its 11 tags\.$/],
  ["a range of pre-releases only", { semver: [">=3.11"] }, /3 of them are pre-releases, such as/],
  ["what is all excluded", { match: ["3.9"], exclude: ["3*"] }, /exclude leaves takes none/],
  ["the newest of no versions", { match: ["latest"], newest: 1 }, /newest takes none/],
];

for (const [what, rules, message] of MISSING) {
  test(`an error says that there is nothing to take: ${what}`, async () => {
    assert.match((await failsWith(["registry"], () => select(rules))).message, message);
  });
}

test("an empty repository is an error, whatever the rules", async () => {
  for (const rules of [{ all: true }, { newest: 1 }, { match: ["*"] }, { names: ["1"] }]) {
    await failsWith(["registry"], () => select(rules, []));
  }
});

test("what is no range and no pattern is refused", async () => {
  for (const semver of ["latest", ">=3.10.0.1", "3.9 and 4", "=>3", "", " "]) {
    await failsWith(["usage"], () => select({ semver: [semver] }));
  }
  await failsWith(["usage"], () => select({ match: ["3.(9)"] }));
  await failsWith(["usage"], () => select({ all: true, exclude: ["3,9"] }));
});

test("rules that nobody can keep are refused before a tag is looked at", async () => {
  for (
    const rules of [
      { names: ["3.9", "3.10@x"] },
      { names: ["../../v2"] },
      { names: [`sha256:${"ab".repeat(32)}`] },
      { names: [""] },
      ...[0, -1, 1.5, NaN, Infinity].map((newest) => ({ newest })),
      { match: ["3.(9)"] },
      { semver: [""] },
      { all: true, exclude: ["{"] },
    ] satisfies TagRules[]
  ) await failsWith(["usage"], () => requireRules(rules));
  requireRules({ names: ["3.10"], match: ["v*"], semver: ["*"], exclude: ["*-rc*"], newest: 1 });
});

test("what hangs on an image is told by its tag", () => {
  assert.equal(ATTACHED.map(isAttachmentTag), [true, true, true, true]);
  assert.not.ok(isAttachmentTag("sha256-abc.sig"));
  assert.not.ok(isAttachmentTag(`v${ATTACHED[0]}`));
});

test("only rules without a pattern do without the list of tags", () => {
  assert.ok(isNamesOnly({ names: ["3.10"], exclude: ["x"], match: [] }));
  for (const rules of [{ match: ["x"] }, { semver: ["1"] }, { all: true }, { newest: 1 }]) {
    assert.not.ok(isNamesOnly({ names: ["3.10"], ...rules }));
  }
});

test("whatever the order of the tags, the selection is the same, in order, and holds nothing twice", () => {
  const version = fc.tuple(fc.nat(3), fc.nat(12), fc.option(fc.nat(12), { nil: undefined }))
    .map((numbers) => numbers.filter((number) => number !== undefined).join("."));
  fc.assert(fc.property(
    fc.uniqueArray(version, { minLength: 1, maxLength: 20 }),
    fc.integer({ min: 1, max: 5 }),
    (tags, newest) => {
      const taken = select({ newest }, tags);
      assert.equal(select({ newest }, [...tags].reverse()), taken);
      assert.equal([...new Set(taken)].sort(), taken);
      assert.is(taken.length, Math.min(newest, tags.length));
    },
  ));
});

test.run();
