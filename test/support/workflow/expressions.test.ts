import { test } from "uvu";
import * as assert from "uvu/assert";
import { filledIn, isWanted } from "./expressions.ts";

const CONTEXTS = {
  vars: { REGISTRY: "example.com" },
  steps: { one: { outputs: { changed: "true", none: "" } } },
  inputs: { check: false },
};

test("expressions in a text are replaced by their values, unset ones by nothing", () => {
  assert.is(filledIn("${{ vars.REGISTRY }}/pause:${{ vars.TAG }}", CONTEXTS), "example.com/pause:");
  assert.is(filledIn("${{ vars.TAG || format('{0}!', 'x') }}", CONTEXTS), "x!");
  assert.is(filledIn("no expression, $HOME", CONTEXTS), "no expression, $HOME");
  assert.is(filledIn("${{ inputs.check }}", CONTEXTS), "false");
});

test("a step runs when its condition holds and nothing has failed, unless it says otherwise", () => {
  assert.ok(isWanted(undefined, CONTEXTS, "success"));
  assert.not.ok(isWanted(undefined, CONTEXTS, "failure"));
  assert.ok(isWanted("steps.one.outputs.changed == 'true'", CONTEXTS, "success"));
  assert.not.ok(isWanted("steps.one.outputs.changed == 'true'", CONTEXTS, "failure"));
  assert.not.ok(isWanted("${{ steps.one.outputs.none }}", CONTEXTS, "success"));
  assert.ok(isWanted("always()", CONTEXTS, "failure"));
  assert.not.ok(isWanted("failure()", CONTEXTS, "success"));
});

test("an expression that GitHub refuses is refused", () => {
  assert.throws(() => filledIn("${{ nonesuch.name }}", CONTEXTS));
  assert.throws(() => filledIn("${{ vars. }}", CONTEXTS));
});

test.run();
