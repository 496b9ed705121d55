import { existsSync } from "node:fs";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { memoryWatch } from "../../bench/registry/memory.ts";
import { type Contender, timed } from "../../bench/race.ts";
import { skip } from "../support/skip.ts";

const NO_PROC = existsSync("/proc/self/status") ? undefined : "there is no /proc here";

/** A process that has `mib` in memory for a moment, and then waits without. */
function holding(mib: number): Contender {
  const code = `new Uint8Array(${mib} * 2 ** 20).fill(1); setTimeout(() => {}, 1000);`;
  const flag = process.versions.deno === undefined ? "-e" : "eval";
  return { command: [process.execPath, flag, code] };
}

test("the most that a process had in memory is known after its end", async () => {
  if (NO_PROC !== undefined) return skip(NO_PROC);
  const [small, large] = [memoryWatch(), memoryWatch()];
  await timed(small.watched(holding(1)));
  await timed(large.watched(holding(200)));
  const more = large.most() - small.most();
  assert.ok(150 < more && more < 250, `${more} MiB`);
});

test("of several processes the largest counts", async () => {
  if (NO_PROC !== undefined) return skip(NO_PROC);
  const watch = memoryWatch();
  for (const mib of [1, 100, 1]) await timed(watch.watched(holding(mib)));
  assert.ok(watch.most() > 100, `${watch.most()} MiB`);
});

test.run();
