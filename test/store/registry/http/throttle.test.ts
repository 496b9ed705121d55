import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Outcome,
  type Throttle,
  throttle,
} from "../../../../build/store/registry/http/throttle.ts";

/** Comes to the end of what is under way. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

/** Has `count` requests ask for their turn, and gives those that got it. */
async function enter(
  gate: Throttle,
  count: number,
): Promise<((outcome: Outcome) => void)[]> {
  const inside: ((outcome: Outcome) => void)[] = [];
  for (let left = count; left > 0; left--) {
    gate.enter(undefined).then((leave) => inside.push(leave));
  }
  await settled();
  return inside;
}

test("as many requests go side by side as there may be, and the next as each ends", async () => {
  const inside = await enter(throttle(3), 5);
  assert.is(inside.length, 3);
  inside[0]?.("good");
  await settled();
  assert.is(inside.length, 4);
  inside[0]?.("good");
  await settled();
  assert.is(inside.length, 4, "a request ends once");
});

test("a host that is busy gets half as many, however many requests it refused at once", async () => {
  const gate = throttle(8);
  for (const leave of await enter(gate, 8)) leave("busy");
  const inside = await enter(gate, 20);
  assert.is(inside.length, 4);
  inside[0]?.("busy");
  inside[1]?.("busy");
  inside[2]?.("lost");
  await settled();
  assert.is(inside.length, 5, "four are under way less three, and two may be");
});

test("each answer lets a little more through again, up to as many as at first", async () => {
  const gate = throttle(4);
  for (let round = 0; round < 9; round++) {
    for (const leave of await enter(gate, 1)) leave("busy");
  }
  const one = await enter(gate, 1);
  assert.is((await enter(gate, 0)).length + one.length, 1);
  one[0]?.("good");
  for (let round = 0; round < 20; round++) {
    for (const leave of await enter(gate, 1)) leave("good");
  }
  assert.is((await enter(gate, 9)).length, 4);
});

test("at least one request goes, however busy the host is", async () => {
  const gate = throttle(2);
  for (let round = 0; round < 5; round++) {
    const inside = await enter(gate, 1);
    assert.is(inside.length, 1);
    inside[0]?.("busy");
  }
});

test("whoever waits for a turn can be told to stop, and takes nobody's turn", async () => {
  const gate = throttle(1);
  const [leave] = await enter(gate, 1);
  const controller = new AbortController();
  const waiting = gate.enter(controller.signal).then(() => "in", (why) => why);
  const next = gate.enter(undefined).then(() => "in");
  controller.abort("enough");
  assert.is(await waiting, "enough");
  leave?.("good");
  assert.is(await next, "in");
});

test.run();
