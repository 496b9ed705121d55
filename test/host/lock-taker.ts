/**
 * A process that takes a lock again and again: `lock-taker.ts FOLDER ROUNDS NAME`. Now and then,
 * by its name, it is killed with the lock in its hand. It exits with 9 when somebody alive had the lock as well.
 */

import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { systemCode } from "../../build/error.ts";
import { withLock } from "../../build/host/lock.ts";
import { hasEnded, OWNER } from "../../build/host/owner.ts";
import { chance, SEED } from "../support/chance.ts";

const [folder = "", rounds = "0", name = ""] = process.argv.slice(2);
const marker = join(folder, "inside");

for (let round = 0; round < Number(rounds); round++) {
  await withLock(join(folder, "lock"), async () => {
    await enter();
    if (chance(SEED, name, round) < 0.1) process.kill(process.pid, "SIGKILL");
    await rm(marker);
  });
}

/** Says that we are inside. Only the dead may have left that they are. */
async function enter(): Promise<void> {
  try {
    await writeFile(marker, OWNER, { flag: "wx" });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    if (!hasEnded(await readFile(marker, "utf8"))) process.exit(9);
    await writeFile(marker, OWNER);
  }
}
