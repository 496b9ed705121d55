import { test } from "uvu";
import * as assert from "uvu/assert";
import { deadlineOf, type TestFile } from "./files.ts";
import { type Options, readOptions } from "./options.ts";
import { planRuns } from "./runs.ts";

const FILES: readonly TestFile[] = [
  { path: "test/oci/digest.test.ts", kind: "unit" },
  { path: "test/copy/copy.test.ts", kind: "unit" },
  { path: "test/copy/copy.e2e.ts", kind: "e2e" },
];

/** The runs that a command line asks for, as `path runtime`. */
const runs = (...words: string[]): string[] =>
  planRuns(FILES, readOptions(words, ".") as Options)
    .map(({ file, runtime }) => `${file.path} ${runtime}`);

test("unit tests run on both runtimes, end-to-end tests on Deno", () => {
  assert.equal(runs(), [
    "test/oci/digest.test.ts deno",
    "test/oci/digest.test.ts node",
    "test/copy/copy.test.ts deno",
    "test/copy/copy.test.ts node",
    "test/copy/copy.e2e.ts deno",
  ]);
});

test("--unit, --e2e, --deno and --node pick", () => {
  assert.equal(runs("--e2e"), ["test/copy/copy.e2e.ts deno"]);
  assert.equal(runs("--unit", "--deno").length, 2);
  assert.equal(runs("--node").length, 2);
  assert.equal(runs("--unit", "--e2e", "--deno", "--node").length, 5);
});

test("a part of a path picks the files that have it, several parts the files of each", () => {
  assert.equal(runs("--deno", "copy/"), [
    "test/copy/copy.test.ts deno",
    "test/copy/copy.e2e.ts deno",
  ]);
  assert.equal(runs("--deno", "digest", "e2e").length, 2);
  assert.equal(runs("nonesuch"), []);
});

test("an unknown option and a wrong number of jobs are refused", () => {
  assert.throws(() => readOptions(["--verbose"], "."), /--verbose/);
  for (const jobs of ["0", "-1", "two", "1.5", ""]) {
    assert.throws(() => readOptions([`--jobs=${jobs}`], "."), /a whole number, 1 or more/, jobs);
  }
  assert.is(readOptions(["-j", "3"], ".")?.jobs, 3);
});

test("help is asked for by --help", () => {
  assert.is(readOptions(["--help"], "."), undefined);
});

test("a file has the deadline of its kind, or the one that it declares", () => {
  assert.is(deadlineOf("unit", "test.run();"), 60);
  assert.is(deadlineOf("e2e", "test.run();"), 300);
  assert.is(deadlineOf("e2e", 'import "x";\n// deadline: 900 s\n'), 900);
  assert.is(deadlineOf("unit", 'const text = "// deadline: 900 s";'), 60);
});

test.run();
