import { randomBytes } from "node:crypto";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { PauseError, systemCode } from "../error.ts";
import { storageError } from "./files.ts";
import { hasEnded, OWNER } from "./owner.ts";

/** Milliseconds after which a lock without its owner's name was left by one killed while making it. */
const NAMELESS_AGE = 5_000;

/** Who of this process asked last, by the lock's file: they pass it on without a look at the disk. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `act` while nobody else does who asks for the same lock, in this process or another. The
 * lock of a process that was killed is taken over.
 *
 * @param path the lock's file; its folder must be there
 * @param patience milliseconds, ≥ 0, after which to give up waiting for another process
 * @throws PauseError `storage` when the lock cannot be had; what `act` throws
 */
export async function withLock<Value>(
  path: string,
  act: () => Promise<Value>,
  patience = 10_000,
): Promise<Value> {
  const before = queues.get(path);
  const turn = Promise.allSettled([before]).then(() => withFile(path, act, patience));
  queues.set(path, turn);
  try {
    return await turn;
  } finally {
    if (queues.get(path) === turn) queues.delete(path);
  }
}

async function withFile<Value>(
  path: string,
  act: () => Promise<Value>,
  patience: number,
): Promise<Value> {
  const token = `${OWNER}-${randomBytes(4).toString("hex")}`;
  await take(path, token, Date.now() + patience);
  try {
    return await act();
  } finally {
    if (await holder(path) === token) await remove(path);
  }
}

async function take(path: string, token: string, deadline: number): Promise<void> {
  for (let pause = 1; !await created(path, token); pause = Math.min(2 * pause, 50)) {
    if (await isLeftOver(path)) await clear(path, deadline);
    else if (Date.now() < deadline) await sleep(pause * (0.5 + Math.random()));
    else throw await tooLate(path);
  }
}

/** Makes the lock's file; false when there is one. */
async function created(path: string, token: string): Promise<boolean> {
  try {
    await writeFile(path, token, { flag: "wx" });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw storageError("lock", path, error);
  }
}

/**
 * Removes a lock that a dead process left. Between looking and removing, another process may do
 * the same and a third take the lock anew; so whoever removes one generation of a lock holds the
 * lock on just that, and looks again.
 */
async function clear(path: string, deadline: number): Promise<void> {
  const dead = await holder(path);
  if (dead === undefined) return;
  const generation = dead.split("-")[2] ?? "nameless";
  await withLock(`${path}.${generation}`, async () => {
    if (await holder(path) === dead && await isLeftOver(path)) await remove(path);
  }, deadline - Date.now());
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw storageError("unlock", path, error);
  }
}

async function isLeftOver(path: string): Promise<boolean> {
  const owner = await holder(path);
  if (owner === undefined) return false;
  return owner === "" ? await age(path) > NAMELESS_AGE : hasEnded(owner);
}

/** The token in the lock's file: empty for a moment while it is made; undefined when there is none. */
async function holder(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}

/** Milliseconds since the file was made; 0 when it is gone. */
async function age(path: string): Promise<number> {
  return await stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs, () => 0);
}

async function tooLate(path: string): Promise<PauseError> {
  const pid = (await holder(path))?.split("-")[0] || "of unknown number";
  return new PauseError(
    "storage",
    `Cannot lock ${path}: the process ${pid} holds it. ` +
      "Wait until it has ended; when no such process is at work there, remove that file.",
  );
}
