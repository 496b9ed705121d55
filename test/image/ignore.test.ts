import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseIgnore } from "../../build/image/ignore.ts";

const PATHS = ["a", "a/b", "a/b/c", "x.md", "a/x.md", "a.b", "aXb", "README", ".git", "a b"];

/** Which of PATHS a .dockerignore of these lines leaves out. */
function leftOut(...lines: string[]): string[] {
  return PATHS.filter(parseIgnore(lines.join("\n")));
}

test("an empty file, blank lines and comments leave nothing out", () => {
  assert.equal(leftOut("", "  ", "# a", "#a"), []);
});

test("a path leaves out itself and all below it, however it is written", () => {
  for (const line of ["a", "/a", "./a", "a/", "x/../a", " a ", "a\r"]) {
    assert.equal(leftOut(line), ["a", "a/b", "a/b/c", "a/x.md"], JSON.stringify(line));
  }
});

test("* and ? stay within a name, ** goes through folders", () => {
  assert.equal(leftOut("*.md"), ["x.md"]);
  assert.equal(leftOut("**/*.md"), ["x.md", "a/x.md"]);
  assert.equal(leftOut("a?b"), ["a.b", "aXb", "a b"]);
  assert.equal(leftOut("a/**"), ["a/b", "a/b/c", "a/x.md"]);
  assert.equal(leftOut("a/*/c"), ["a/b/c"]);
  assert.equal(leftOut("**"), PATHS);
  assert.equal(leftOut("*"), PATHS);
});

test("the other characters of a regular expression mean themselves", () => {
  assert.equal(leftOut("a.b"), ["a.b"]);
  assert.equal(leftOut("a(b|c)+$"), []);
  assert.equal(leftOut("a\\ b"), ["a b"]);
  assert.equal(leftOut("\\*"), []);
  assert.equal(leftOut("\\x.md", "a\\Xb", "\\w"), ["x.md", "aXb"]);
});

test("a set of characters is one character of it", () => {
  assert.equal(leftOut("a[.X]b"), ["a.b", "aXb"]);
});

test("the last line that matches decides", () => {
  assert.equal(leftOut("a", "!a/b"), ["a", "a/x.md"]);
  assert.equal(leftOut("!a/b", "a"), ["a", "a/b", "a/b/c", "a/x.md"]);
  assert.equal(
    leftOut("*", "!a", "a/b"),
    PATHS.filter((path) => path !== "a" && path !== "a/x.md"),
  );
});

test.run();
