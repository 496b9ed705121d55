import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { expand, readJson, readPairs, type Scope, splitWords } from "../../build/image/words.ts";
import { fc } from "../support/properties.ts";

const VALUES: Readonly<Record<string, string>> = { A: "1", B: "two words", EMPTY: "", E: "$A" };
const PLACE = { path: "Dockerfile", line: 7 };
const SCOPE: Scope = { lookup: (name) => VALUES[name], escape: "\\", place: PLACE };

/** The rows below are what docker 20.10, BuildKit and buildah 1.28 make of the same words. */
const EXPANSIONS: readonly (readonly [word: string, expanded: string])[] = [
  ["plain", "plain"],
  ["$A", "1"],
  ["${A}b$A", "1b1"],
  ["$B", "two words"],
  ["a$1b", "ab"],
  ["$NOPE|${NOPE}", "|"],
  ["$", "$"],
  ["$.", "$."],
  ["$A.b", "1.b"],
  ['"$A b"', "1 b"],
  ["'$A b'", "$A b"],
  ['"a\'b"', "a'b"],
  ["'a\"b'", 'a"b'],
  ["\\$A", "$A"],
  ["a\\ b", "a b"],
  ["a\\\\ b", "a\\ b"],
  ["\\e", "e"],
  ['"a\\"b\\\\c\\$d\\e"', 'a"b\\c$d\\e'],
  ["'x$A\\n'", "x$A\\n"],
  ["${NOPE:-else}", "else"],
  ["${EMPTY:-else}", "else"],
  ["${A:-else}", "1"],
  ["${A:+instead}", "instead"],
  ["${EMPTY:+instead}", ""],
  ["${NOPE:-def${A}}", "def1"],
  ["${NOPE:-'}'}", "}"],
  ["$E", "$A"],
  ['""', ""],
  ["é$A✓", "é1✓"],
];

test("expand() takes quotes off and puts values in", () => {
  for (const [word, expanded] of EXPANSIONS) assert.is(expand(word, SCOPE), expanded, word);
});

test("expand() knows the escape character that a directive chose", () => {
  const scope = { ...SCOPE, escape: "`" };
  assert.is(expand("C:\\dir`$A$A", scope), "C:\\dir$A1");
});

test("expand() refuses what is not closed, and modifiers that not every builder knows", () => {
  for (const word of ['"x', "'x", "${A", "${A:-x", "${A:+'x}"]) {
    assert.throws(() => expand(word, SCOPE), /^Cannot build Dockerfile:7: /, word);
  }
  for (const word of ["${}", "${A#x}", "${A:?x}", "${A-x}", "${A:}"]) {
    assert.throws(() => expand(word, SCOPE), /none of \$\{NAME\}, \$\{NAME:-word\}/, word);
  }
});

test("expand() ends with a word or with a PauseError, whatever it is given", () => {
  const texts = fc.string({ unit: fc.constantFrom(..."aA$\\\"'{}:-+ `1") });
  fc.assert(fc.property(texts, (text) => {
    try {
      return typeof expand(text, SCOPE) === "string";
    } catch (error) {
      return error instanceof PauseError;
    }
  }));
});

test("splitWords() splits at blanks that are neither quoted nor escaped, and keeps the quotes", () => {
  assert.equal(splitWords(`a  b="c d"\te='f "g' h\\ i "x\\" y" `, "\\"), [
    "a",
    'b="c d"',
    `e='f "g'`,
    "h\\ i",
    '"x\\" y"',
  ]);
  assert.equal(splitWords("A='x\\' B=y", "\\"), ["A='x\\'", "B=y"]);
  assert.equal(splitWords("a` b c\\ d", "`"), ["a` b", "c\\", "d"]);
});

test("splitWords() loses nothing but blanks, in no time", () => {
  const texts = fc.string({ unit: fc.constantFrom(..."a$\\\"' ="), maxLength: 5000 });
  fc.assert(fc.property(texts, (text) => {
    const kept = splitWords(text, "\\").join("");
    return kept.replaceAll(" ", "") === text.replaceAll(" ", "");
  }));
});

test("readPairs() reads NAME=value pairs, and the old form with a blank", () => {
  assert.equal(readPairs(`a=b "quoted key"="x y" c=$A$B d= e=f=g`, SCOPE), [
    ["a", "b"],
    ["quoted key", "x y"],
    ["c", "1two words"],
    ["d", ""],
    ["e", "f=g"],
  ]);
  assert.equal(readPairs('X a "b"  c\\ d', SCOPE), [["X", "a b  c d"]]);
  assert.equal(readPairs("a b=c", SCOPE), [["a", "b=c"]]);
});

test("readPairs() refuses a name without a value, and a value without a name", () => {
  assert.throws(() => readPairs("A", SCOPE), /"A" has no value/);
  assert.throws(() => readPairs("A=1 B", SCOPE), /"B" has no value/);
  assert.throws(() => readPairs("=x", SCOPE), /has a blank name/);
});

test("readJson() reads an array of strings, and leaves other text alone", () => {
  assert.equal(readJson('[ "a",  "b c" ]', PLACE), ["a", "b c"]);
  assert.equal(readJson("[]", PLACE), []);
  assert.is(readJson("/pause", PLACE), undefined);
});

test("readJson() refuses a broken array, which Docker would hand to a shell", () => {
  for (const text of ["['a']", '["a",]', "[1]", '["a"] b', '["a"', '[["a"]]']) {
    assert.throws(() => readJson(text, PLACE), /is no JSON array of strings/, text);
  }
});

test.run();
