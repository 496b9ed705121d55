import { test } from "uvu";
import * as assert from "uvu/assert";
import { differences } from "../../.github/release/same-package.ts";

const OURS = ["package.json", "esm/mod.js", "esm/chunk-1.js", "types/build/mod.d.ts", "src/a.c"];
const THEIRS = [
  "package.json",
  "esm/build/mod.js",
  "types/build/mod.d.ts",
  "types/build/own.d.ts",
  "src/a.c",
];

test("packages are the same when they differ in how the code is split, and in types of our own", () => {
  assert.equal(differences(OURS, THEIRS), []);
});

test("a file that one of them lacks is named", () => {
  assert.equal(differences(OURS, THEIRS.filter((path) => path !== "src/a.c")), [
    "The package of dnt lacks src/a.c.",
  ]);
  assert.equal(differences(OURS, THEIRS.filter((path) => path !== "types/build/mod.d.ts")), [
    "The package of dnt lacks types/build/mod.d.ts.",
  ]);
  assert.equal(differences(OURS, [...THEIRS, "script/mod.js"]), [
    "The package of dnt has script/mod.js, which ours has not.",
  ]);
  assert.equal(differences(OURS, THEIRS.filter((path) => !path.startsWith("esm/"))), [
    "The package of dnt has no code.",
  ]);
});

test.run();
