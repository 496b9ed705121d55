import { readdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withLock } from "../../build/host/lock.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { deadOwner, foreignOwner } from "../support/owners.ts";

test("of those that ask for one lock, one acts at a time", () =>
  withFolder(async (folder) => {
    let [inside, most] = [0, 0];
    const act = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await sleep(2);
      inside--;
    };
    await Promise.all(Array.from({ length: 12 }, () => withLock(join(folder, "lock"), act)));
    assert.is(most, 1);
    assert.equal(await readdir(folder), []);
  }));

test("the lock is given back when the work fails, and the work's error is thrown", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lock");
    const failure = await withLock(path, () => Promise.reject(new Error("no luck")))
      .catch((error: Error) => error.message);
    assert.is(failure, "no luck");
    assert.is(await withLock(path, () => Promise.resolve("again"), 0), "again");
  }));

test("the lock of a process that was killed is taken over", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lock");
    await writeFile(path, `${deadOwner()}-01234567`);
    assert.is(await withLock(path, () => Promise.resolve("mine")), "mine");
    assert.equal(await readdir(folder), []);
  }));

test("a dead process's lock goes to one of many at a time", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lock");
    let [inside, most] = [0, 0];
    for (let round = 0; round < 20; round++) {
      await writeFile(path, `${deadOwner()}-${String(round).padStart(8, "0")}`);
      await Promise.all(Array.from({ length: 6 }, () =>
        withLock(path, async () => {
          most = Math.max(most, ++inside);
          await sleep(1);
          inside--;
        })));
    }
    assert.is(most, 1);
    assert.equal(await readdir(folder), []);
  }));

test("also when whoever took it over was killed while doing so", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lock");
    await writeFile(path, `${deadOwner()}-01234567`);
    await writeFile(`${path}.01234567`, `${deadOwner()}-89abcdef`);
    assert.is(await withLock(path, () => Promise.resolve("mine")), "mine");
    assert.equal(await readdir(folder), []);
  }));

test("a lock whose maker was killed before its name was in it is taken over in time", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lock");
    await writeFile(path, "");
    await failsWith(["storage"], () => withLock(path, () => Promise.resolve(), 20));
    const longAgo = (await stat(path)).mtimeMs / 1000 - 60;
    await utimes(path, longAgo, longAgo);
    assert.is(await withLock(path, () => Promise.resolve("mine")), "mine");
  }));

test("a lock that is held is waited for, and then given up with who holds it", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lock");
    const token = `${foreignOwner()}-01234567`;
    await writeFile(path, token);
    let acted = false;
    const error = await failsWith(["storage"], () =>
      withLock(path, () => {
        acted = true;
        return Promise.resolve();
      }, 30));
    assert.is(acted, false);
    assert.match(error.message, /^Cannot lock .*lock: the process 4194305 holds it\. Wait until/);
    assert.equal(await readdir(folder), ["lock"]);
  }));

test("a lock in a folder that is not there is a storage error", () =>
  withFolder(async (folder) => {
    const path = join(folder, "nowhere", "lock");
    await failsWith(["storage"], () => withLock(path, () => Promise.resolve()));
  }));

test.run();
