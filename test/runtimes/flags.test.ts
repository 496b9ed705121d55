import { test } from "uvu";
import * as assert from "uvu/assert";
import { readFlags, setFlag } from "../../build/runtimes/flags.ts";

const PLACE = { flag: "--image", lines: ["EXTRA=", "ARGS="], otherwise: ["EXTRA=%"] };

const EDITS: readonly (readonly [what: string, before: string, after: string])[] = [
  ["in an empty file", "", "EXTRA=--image=new\n"],
  ["below other lines", "A=1", "A=1\nEXTRA=--image=new\n"],
  ["behind an empty name", "EXTRA=\n", "EXTRA=--image=new\n"],
  ["within empty quotes", 'EXTRA=""\nB=1\n', 'EXTRA="--image=new"\nB=1\n'],
  ["within quotes", 'EXTRA="--x=1"\n', 'EXTRA="--x=1 --image=new"\n'],
  ["within single quotes", "ARGS='--x=1 '\n", "ARGS='--x=1 --image=new'\n"],
  ["where none are", "EXTRA=--x=1\n", "EXTRA=--x=1 --image=new\n"],
  ["in the better of two lines", "ARGS=--x\nEXTRA=--y\n", "ARGS=--x\nEXTRA=--y --image=new\n"],
  ["behind lines that go on", "ARGS=--x \\\n  --y\nB=1\n", "ARGS=--x \\\n  --y --image=new\nB=1\n"],
  ["in place of a value", 'ARGS="--image=old --x"\n', 'ARGS="--image=new --x"\n'],
  ["in place of a word", "ARGS=--image old\n", "ARGS=--image new\n"],
  ["in place of a quoted value", "ARGS=--image='old' --x\n", "ARGS=--image=new --x\n"],
  [
    "beside a longer flag",
    "ARGS=--image-gc=5 --my--image=a\n",
    "ARGS=--image-gc=5 --my--image=a --image=new\n",
  ],
  [
    "beside a comment",
    "# ARGS=--image=old\n; --image=old\n",
    "# ARGS=--image=old\n; --image=old\nEXTRA=--image=new\n",
  ],
];

for (const [what, before, after] of EDITS) {
  test(`a flag goes ${what}, and nothing else changes`, () => {
    assert.is(setFlag({ path: "f", text: before }, PLACE, "new"), after);
    assert.is(setFlag({ path: "f", text: after }, PLACE, "new"), after);
    assert.equal(readFlags(after, PLACE.flag).map(({ value }) => value), ["new"]);
  });
}

test("of a flag that is given twice the last one counts, on whichever line", () => {
  const text = "A=--image=one --image=two\n\nB=--image 'three'\n";
  assert.equal(readFlags(text, PLACE.flag), [
    { value: "two", line: 1 },
    { value: "three", line: 3 },
  ]);
  assert.is(readFlags(setFlag({ path: "f", text }, PLACE, "new"), PLACE.flag).at(-1)?.value, "new");
});

test.run();
