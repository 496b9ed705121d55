import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "smol-toml";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readToml, setToml } from "../../build/runtimes/toml.ts";
import { scanToml } from "../../build/runtimes/toml-scan.ts";
import { failsWith } from "../support/fails.ts";
import { fc, runs } from "../support/properties.ts";

const PATH = ["a", "b.c", "key"];

const set = (text: string, value = "new"): string => setToml(text, "x.toml", PATH, value);

const EDITS: readonly (readonly [what: string, before: string, after: string])[] = [
  ["in an empty file", "", '[a."b.c"]\nkey = "new"\n'],
  ["in its table", "[a.'b.c']\nx = 1\n[d]\n", "[a.'b.c']\nx = 1\nkey = \"new\"\n[d]\n"],
  ["in an empty table", '[a."b.c"] # here\n', '[a."b.c"] # here\nkey = "new"\n'],
  ["at an end without an end", "[a.'b.c']\nx = 1", "[a.'b.c']\nx = 1\nkey = \"new\"\n"],
  [
    "as deep as its neighbours",
    "  [a.'b.c']\n\t x = 1\n",
    "  [a.'b.c']\n\t x = 1\n\t key = \"new\"\n",
  ],
  ["in place of a value", "[a.'b.c']\nkey = 'old' # why\n", "[a.'b.c']\nkey = 'new' # why\n"],
  [
    "in place of a long value",
    '[a."b.c"]\nkey = """\nold"\n""" # why\n',
    '[a."b.c"]\nkey = "new" # why\n',
  ],
  ["in an inline table", 'a = { "b.c" = { key = "old" } }\n', 'a = { "b.c" = { key = "new" } }\n'],
  [
    "behind a dotted key",
    "[a]\n'b.c'.x = 1\ny = 2\n",
    '[a]\n\'b.c\'.x = 1\n"b.c".key = "new"\ny = 2\n',
  ],
  [
    "below a text that looks like it",
    "x = '''\n[a.\"b.c\"]\nkey = 1'''\n",
    "x = '''\n[a.\"b.c\"]\nkey = 1'''\n\n[a.\"b.c\"]\nkey = \"new\"\n",
  ],
];

for (const [what, before, after] of EDITS) {
  test(`a key goes ${what}, and nothing else changes`, () => {
    assert.is(set(before), after);
    assert.is(set(after), after);
  });
}

test("where it would take more than one change nothing is done", async () => {
  for (
    const text of [
      "a = { x = 1 }\n",
      "[[a.'b.c']]\nx = 1\n",
      "a = 1\n",
    ]
  ) {
    const error = await failsWith(["usage"], () => set(text));
    assert.match(error.message, /Cannot edit x\.toml: a\.b\.c\.key .* Write it by hand/);
  }
});

test("what is no TOML is refused with its line, and nothing of it is repeated", async () => {
  const text = 'version = 3\n[auth]\npassword = "hunter2\n';
  const error = await failsWith(["usage"], () => set(text));
  assert.match(error.message, /x\.toml: it is no TOML: line 3, column \d+/);
  assert.not.match(error.message, "hunter2");
  assert.is(error.where[0]?.line, 3);
});

test("the line of a key, and of a table, is told", () => {
  const { lineOf } = readToml('x = """\n\n"""\n[a]\n"b.c" = { key = 1 }\n', "x.toml");
  assert.equal([["x"], ["a"], ["a", "b.c"], PATH, ["y"]].map(lineOf), [1, 4, 5, 5, undefined]);
});

/** uvu's own comparison takes a key named "constructor" for the value's class. */
const same = (actual: unknown, expected: unknown): void =>
  assert.ok(
    isDeepStrictEqual(structuredClone(actual), structuredClone(expected)),
    `${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`,
  );

/** Anything that TOML can say. */
const VALUE = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string({ unit: "grapheme" }),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string()),
    tie("table"),
  ),
  table: fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
    tie("value"),
    {
      maxKeys: 5,
    },
  ),
}));

test("in any document one value changes, and every line that was there stays", () => {
  fc.assert(
    fc.property(VALUE.table, fc.string({ minLength: 1 }), (document, value) => {
      const { a: _, ...rest } = document as Record<string, unknown>;
      const before = `# first\n${stringify(rest)}\n# last\n`;
      const after = set(before, value);
      const { a, ...others } = parse(after) as Record<string, unknown>;
      same(a, { "b.c": { key: value } });
      same(others, { ...parse(before) });
      assert.is(after.slice(0, before.length), before);
      assert.is(set(after, value), after);
    }),
    { numRuns: runs(100) },
  );
});

test("every key of any document is found where the parser finds it", () => {
  fc.assert(
    fc.property(VALUE.table, (document) => {
      const text = stringify(document);
      for (const { path, value: [start, end] } of scanToml(text).pairs) {
        if (path.some((step) => /^\d+$/.test(step))) continue;
        const found = path.reduce<unknown>(
          (at, step) => (at as Record<string, unknown>)?.[step],
          parse(text),
        );
        same(parse(`x = ${text.slice(start, end)}`).x, found);
      }
    }),
    { numRuns: runs(100) },
  );
});

test.run();
