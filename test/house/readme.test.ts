import { test } from "uvu";
import * as assert from "uvu/assert";
import { readmeNumbers, readResults } from "../../bench/results.ts";
import { readmeBlock, unformatted } from "./readme.ts";

test("README's numbers are those that the bench kept", () => {
  const numbers = readmeNumbers(readResults());
  assert.is(unformatted(readmeBlock("numbers")), unformatted(numbers), `it should be:\n${numbers}`);
});

test.run();
