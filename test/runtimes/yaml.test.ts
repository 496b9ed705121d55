import { test } from "uvu";
import * as assert from "uvu/assert";
import { readYaml, setYaml } from "../../build/runtimes/yaml.ts";
import type { Path } from "../../build/runtimes/value.ts";
import { failsWith } from "../support/fails.ts";

const set = (text: string, kind?: string, path: Path = ["a", "b"], value = "x/y:3.10"): string =>
  setYaml(text, "x.yaml", { kind, path, value });

const FILE: Path = ["f", { by: "path", item: { path: "/p", op: "create" } }, "content"];

const EDITS: readonly (readonly [what: string, before: string, after: string])[] = [
  ["in an empty file", "", "a:\n  b: x/y:3.10\n"],
  ["below a comment alone", "# mine\n", "# mine\na:\n  b: x/y:3.10\n"],
  ["in its mapping", "a:\n    c: 1\nd: 2\n", "a:\n    c: 1\n    b: x/y:3.10\nd: 2\n"],
  [
    "below a block of text",
    "a:\n  c: |\n    t\n\nd: 2\n",
    "a:\n  c: |\n    t\n  b: x/y:3.10\n\nd: 2\n",
  ],
  [
    "below what is nested",
    "a:\n  c:\n    - 1\n    # end\n",
    "a:\n  c:\n    - 1\n  b: x/y:3.10\n    # end\n",
  ],
  ["in place of a value", "a: {b: 'old', c: 1} # why\n", "a: {b: 'x/y:3.10', c: 1} # why\n"],
  ["behind a key without a value", "a:\n  b:\n  c: 1\n", "a:\n  b: x/y:3.10\n  c: 1\n"],
  ["before the comment of such a key", "a:\n  b:  # none\n", "a:\n  b: x/y:3.10  # none\n"],
  ["below a key without a value", "a: # none\nd: 1\n", "a: # none\n  b: x/y:3.10\nd: 1\n"],
  ["at an end without an end", "d: 1", "d: 1\na:\n  b: x/y:3.10\n"],
];

for (const [what, before, after] of EDITS) {
  test(`a key goes ${what}, and nothing else changes`, () => {
    assert.is(set(before), after);
    assert.is(set(after), after);
  });
}

test("of several documents the one of its kind is edited", () => {
  const text = "kind: A\na: {b: 1}\n---\nkind: B # it\na:\n  b: old\n---\nc: 1\n";
  assert.is(set(text, "B"), text.replace("b: old", "b: x/y:3.10"));
  assert.is(set(text), `${text}a:\n  b: x/y:3.10\n`);
});

test("a file of a list is found by its path, or added", () => {
  const content = "one\n\ntwo\n";
  const text =
    "f:\n  - path: /q\n    content: q\n  - content: |\n      old\n    path: /p # it\ng: 1\n";
  const after = set(text, undefined, FILE, content);
  assert.is(after, text.replace("      old\n", "      one\n\n      two\n"));
  const added = set("f:\n- path: /q\n  op: append\ng: 1\n", undefined, FILE, content);
  assert.is(
    added,
    "f:\n- path: /q\n  op: append\n- content: |\n    one\n\n    two\n  path: /p\n  op: create\ng: 1\n",
  );
  assert.is(set(added, undefined, FILE, content), added);
});

test("where it would take more than one change nothing is done", async () => {
  for (
    const text of [
      "a: {c: 1}\n",
      "- 1\n",
      "z: &z {c: 1}\na: *z\n",
      "a: text\n",
      "a:\n  b: &x old\nd: *x\n",
    ]
  ) {
    const error = await failsWith(["usage"], () => set(text));
    assert.match(error.message, /Cannot edit x\.yaml: a\.b .* Write it by hand/);
  }
});

test("what is no YAML, or has no document of the kind, is refused with its line", async () => {
  const error = await failsWith(["usage"], () => set("a: 1\nb: [secret\nc: 2\n"));
  assert.match(error.message, /x\.yaml: it is no YAML: line [23], column \d+/);
  assert.not.match(error.message, "secret");
  const other = await failsWith(["usage"], () => set("kind: A\n", "B"));
  assert.match(other.message, /no document of kind B/);
});

test("aliases of nothing, and those that repeat without end, are refused", async () => {
  const rows = Array.from({ length: 12 }, (_, at) => {
    const list = `*r${at}, `.repeat(9);
    return `r${at + 1}: &r${at + 1} [${list}]`;
  });
  for (const text of ["a: *x\n", ["r0: &r0 [1]", ...rows, ""].join("\n")]) {
    const error = await failsWith(["usage"], () => set(text));
    assert.match(error.message, /no YAML: line \d+.* alias/);
  }
});

test("the line of a key is told", () => {
  const { lineOf } = readYaml("# c\na:\n  # d\n  b: 1\n", "x.yaml", undefined);
  assert.equal([["a"], ["a", "b"], ["c"]].map(lineOf), [2, 4, undefined]);
});

test.run();
