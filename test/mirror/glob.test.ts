import { test } from "uvu";
import * as assert from "uvu/assert";
import { readGlob } from "../../build/mirror/glob.ts";
import { failsWith } from "../support/fails.ts";
import { processorTime } from "../support/processor-time.ts";
import { fc } from "../support/properties.ts";

const TAGS = ["3.1", "3.10", "3.10.1", "3.9", "v1.30.0-rc.1", "latest", "a", "b", "ab", "A-b_c"];

const CASES: readonly (readonly [pattern: string, taken: readonly string[]])[] = [
  ["3.10", ["3.10"]],
  ["3.1*", ["3.1", "3.10", "3.10.1"]],
  ["3.1?", ["3.10"]],
  ["*", TAGS],
  ["**", TAGS],
  ["*.*.*", ["3.10.1", "v1.30.0-rc.1"]],
  ["3.[19]", ["3.1", "3.9"]],
  ["3.[0-8]*", ["3.1", "3.10", "3.10.1"]],
  ["[!0-9]*", ["v1.30.0-rc.1", "latest", "a", "b", "ab", "A-b_c"]],
  ["{3.9,3.10}", ["3.10", "3.9"]],
  ["{a,b}{,b}", ["a", "b", "ab"]],
  ["v1.{29,30}.?-rc.[1-9]", ["v1.30.0-rc.1"]],
  ["LATEST", []],
  ["3", []],
  // A dot is a dot.
  ["3.1.", []],
  ["3?1", ["3.1"]],
];

for (const [pattern, taken] of CASES) {
  test(`the pattern ${pattern} takes what it should`, () => {
    assert.equal(TAGS.filter(readGlob(pattern)), taken);
  });
}

const WRONG: readonly (readonly [pattern: string, message: RegExp])[] = [
  ["", /empty/],
  ["3.1$", /character "\$"/],
  ["a/b", /character "\/"/],
  ["(a|b)", /character "\("/],
  ["3.9,3.10", /"," stands alone/],
  ["!3.9", /"!" stands alone/],
  ["3.[19", /"\[" stands alone/],
  ["3.]", /"\]" stands alone/],
  ["3.[]", /empty/],
  ["[!]", /empty/],
  ["[9-1]", /9-1 goes backwards/],
  ["{a,b", /not closed/],
  ["a}", /not closed/],
  ["{a,{b,c}}", /not closed/],
  ["{a,b}".repeat(40), /more than 1000/],
];

for (const [pattern, message] of WRONG) {
  test(`the pattern ${pattern.slice(0, 20)} is refused`, async () => {
    assert.match((await failsWith(["usage"], () => readGlob(pattern))).message, message);
  });
}

test("a pattern of many runs is matched as fast as any other", () => {
  const took = processorTime(() => {
    assert.not.ok(readGlob("*a".repeat(60) + "b")("a".repeat(128)));
  });
  assert.ok(took < 1000);
});

test("a pattern of runs and letters takes what the same regular expression does", () => {
  const piece = fc.constantFrom("a", "b", ".", "*", "?", "[ab]");
  fc.assert(fc.property(
    fc.array(piece, { minLength: 1, maxLength: 6 }),
    fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 }),
    (pieces, tag) => {
      const words: Readonly<Record<string, string>> = { "*": ".*", "?": ".", ".": "\\." };
      const expected = new RegExp(`^${pieces.map((one) => words[one] ?? one).join("")}$`);
      return readGlob(pieces.join(""))(tag) === expected.test(tag);
    },
  ));
});

test.run();
