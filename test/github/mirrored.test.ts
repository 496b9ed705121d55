import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { failureOf } from "../../build/github/mirrored.ts";
import type { Delivery } from "../../build/mirror/report.ts";

const down = new PauseError("registry", "Cannot pull a.io/b:1: it is down.");
const digest = `sha256:${"0".repeat(64)}` as const;
const pieces = { copied: 1, present: 0, mounted: 0 };
const copied: Delivery = { destination: "c.io/b:1", outcome: "copied", pieces, bytes: 1 };
const failed: Delivery = { ...copied, outcome: "failed", error: down };

const outcome = (
  deliveries: readonly Delivery[],
  failures: readonly { readonly source: string; readonly error: PauseError }[] = [],
): PauseError | undefined =>
  failureOf({ mirrored: [{ source: "a.io/b:1", digest, notes: [], deliveries }], failures });

test("the one thing that was asked for and failed is the failure, word for word", () => {
  assert.is(outcome([failed]), down);
  assert.is(outcome([], [{ source: "a.io/b:1", error: down }]), down);
  assert.is(outcome([copied]), undefined);
});

test("where something arrived, or more than one failed, the failure says how much of it", () => {
  const one = outcome([copied, failed]);
  assert.is(one?.code, "partial");
  assert.match(one?.message ?? "", /1 part failed.*not sent again.*it is down/);
  assert.is(outcome([copied], [{ source: "a.io/none", error: down }])?.code, "partial");
  const all = outcome([failed], [{ source: "a.io/none", error: down }]);
  assert.is(all?.code, "registry");
  assert.match(all?.message ?? "", /2 parts failed/);
});

test.run();
