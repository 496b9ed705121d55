import { test } from "uvu";
import * as assert from "uvu/assert";
import { turns } from "../../build/mirror/turns.ts";
import { everySettled } from "../../build/host/settle.ts";

/** A work that is done or fails when it is told to. */
function task(): { work: () => Promise<void>; begun: () => boolean; end: (error?: Error) => void } {
  let begun = false;
  let end: (error?: Error) => void = () => {};
  const over = new Promise<void>((resolve, reject) => {
    end = (error) => error ? reject(error) : resolve();
  });
  return {
    work: () => {
      begun = true;
      return over;
    },
    begun: () => begun,
    end: (error) => end(error),
  };
}

/** Long enough for all that waits for nothing but each other. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

const FAILED = new Error("it failed");

test("of the same one goes first, and then all others side by side", async () => {
  const inTurn = turns();
  const [one, two, three, apart] = [task(), task(), task(), task()];
  const all = [one, two, three].map(({ work }) => inTurn("a", work));
  const other = inTurn("b", apart.work);
  await settled();
  assert.equal([one, two, three, apart].map(({ begun }) => begun()), [true, false, false, true]);
  one.end();
  await settled();
  assert.equal([two, three].map(({ begun }) => begun()), [true, true]);
  for (const { end } of [two, three, apart]) end();
  await everySettled([...all, other]);
  const late = task();
  const last = inTurn("a", late.work);
  assert.ok(late.begun(), "nothing is under way any more");
  late.end();
  await last;
});

test("when the first one fails, the next one goes first; after a second failure nobody waits", async () => {
  const inTurn = turns();
  const tasks = Array.from({ length: 5 }, task);
  const all = tasks.map(({ work }) => inTurn("a", work));
  const outcomes = Promise.allSettled(all);
  tasks[0]?.end(FAILED);
  await settled();
  assert.equal(tasks.map(({ begun }) => begun()), [true, true, false, false, false]);
  tasks[1]?.end(FAILED);
  await settled();
  assert.equal(tasks.map(({ begun }) => begun()), [true, true, true, true, true]);
  for (const { end } of tasks) end();
  assert.equal((await outcomes).map(({ status }) => status), [
    "rejected",
    "rejected",
    "fulfilled",
    "fulfilled",
    "fulfilled",
  ]);
});

test.run();
