import { test } from "uvu";
import * as assert from "uvu/assert";
import { assignmentsOf } from "../../build/github/assignments.ts";
import { readInputs } from "../../build/github/inputs.ts";

/** What is attached, by the inputs `sbom` and `provenance`. */
const ATTACHED = [
  ["true", "true", undefined],
  ["true", "false", "spdx cyclonedx"],
  ["false", "true", "provenance"],
  ["false", "false", "none"],
] as const;

for (const [sbom, provenance, expected] of ATTACHED) {
  test(`with sbom: ${sbom} and provenance: ${provenance}, ATTACH is ${expected}`, () => {
    const inputs = readInputs(new Map([["sbom", sbom], ["provenance", provenance]]));
    assert.is(assignmentsOf({ inputs, environment: {} }, undefined).ATTACH, expected);
  });
}

test.run();
