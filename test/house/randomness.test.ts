import { test } from "uvu";
import * as assert from "uvu/assert";
import { bareCode, importsOf } from "../runner/source-code.ts";
import { sources } from "./sources.ts";

const TESTS = sources(["test"], ".ts");

/** The paths of the tests and their helpers whose text is so. */
const those = (isSo: (text: string) => boolean): string[] =>
  TESTS.filter(({ text }) => isSo(text)).map(({ path }) => path);

test("fast-check is imported in the one place that gives it a seed", () => {
  const importers = those((text) =>
    importsOf(text).some(({ specifier }) => specifier.startsWith("fast-check"))
  );
  assert.equal(importers, ["test/support/properties.ts"]);
});

test("no property has a seed of its own", () => {
  const seeded = those((text) => /\bconfigureGlobal\b|\bfc\.(sample|statistics)\b/.test(text));
  assert.equal(seeded, ["test/support/properties.ts"]);
});

test("nothing in the tests is random without the seed", () => {
  assert.equal(those((text) => /\bMath\s*\.\s*random\b/.test(bareCode(text))), []);
});

/** What has to differ from all others that there ever were, and decides nothing. */
const UNIQUE = [
  "test/house/randomness.test.ts",
  "test/support/engine-place.ts",
  "test/support/registry/token-server.ts",
];

test("random bytes are for what has to be unique, such as tokens", () => {
  const random = /\b(randomBytes|randomInt|randomFill(Sync)?|getRandomValues)\s*\(/;
  assert.equal(those((text) => random.test(text)), UNIQUE);
});

test.run();
