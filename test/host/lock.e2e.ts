import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withLock } from "../../build/host/lock.ts";
import { withFolder } from "../support/folder.ts";

/** Runs a process that takes the lock until it is killed with it. Its exit code, null: killed. */
async function takeLock(folder: string, rounds: number, name: string): Promise<number | null> {
  const script = new URL("lock-taker.ts", import.meta.url).pathname;
  const words = ["run", "-A", "--cached-only", script, folder, String(rounds), name];
  const child = spawn(process.execPath, words, { stdio: "inherit" });
  const [code] = await once(child, "exit");
  return code;
}

test("of processes that are killed with the lock in hand, one at a time has it", () =>
  withFolder(async (folder) => {
    const relay = async (runner: number): Promise<(number | null)[]> => {
      const codes: (number | null)[] = [];
      for (let run = 0; run < 8; run++) codes.push(await takeLock(folder, 60, `${runner} ${run}`));
      return codes;
    };
    const codes = (await Promise.all([1, 2, 3, 4].map(relay))).flat();
    assert.is(codes.filter((code) => code !== null && code !== 0).length, 0, codes.join());
    assert.ok(codes.filter((code) => code === null).length > 10, codes.join());
    assert.is(await withLock(join(folder, "lock"), () => Promise.resolve("mine")), "mine");
    assert.equal((await readdir(folder)).filter((name) => name !== "inside"), []);
  }));

test.run();
