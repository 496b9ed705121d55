import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasEnded, OWNER, OWNER_PATTERN } from "../../build/host/owner.ts";
import { deadOwner, foreignOwner } from "../support/owners.ts";

test("this process has not ended", () => {
  assert.match(OWNER, new RegExp(`^${OWNER_PATTERN}$`));
  assert.is(hasEnded(OWNER), false);
});

test("a process whose number is free has ended", () => {
  assert.is(hasEnded(deadOwner()), true);
});

test("of a process on another machine or in another container nobody here can tell", () => {
  assert.is(hasEnded(foreignOwner()), false);
});

test("of what is no owner's name nobody can tell", () => {
  for (const text of ["", "-", "x-y", "12", `x-${OWNER.split("-")[1]}`]) {
    assert.is(hasEnded(text), false, text);
  }
});

test.run();
