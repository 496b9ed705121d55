import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { storageError } from "./files.ts";
import { sweep } from "./sweep.ts";
import { temporaryName } from "./temporary.ts";

/** The temporary folders that were looked through by this process: once is enough. */
const swept = new Map<string, Promise<void>>();

/** A folder that nobody else may look into, for as long as somebody needs it. */
export interface TemporaryFolder {
  readonly path: string;
  /** Removes it, with all that is in it. Safe when it is gone. */
  remove(): Promise<void>;
}

/**
 * Gives `use` an empty folder that nobody else may look into, below the system's temporary folder.
 * It is gone afterwards; where this process is killed, the next one that asks for such a folder
 * removes it.
 *
 * @param name what the folders of one use have in common
 * @throws PauseError `storage` when there can be none; what `use` throws
 */
export async function withTemporaryFolder<Value>(
  name: string,
  use: (folder: string) => Promise<Value>,
): Promise<Value> {
  const folder = await openTemporaryFolder(name);
  try {
    return await use(folder.path);
  } finally {
    await folder.remove();
  }
}

/** The folder of {@link withTemporaryFolder}, for who removes it. @throws PauseError `storage` */
export async function openTemporaryFolder(name: string): Promise<TemporaryFolder> {
  const place = join(tmpdir(), name);
  const path = temporaryName(place);
  await sweepOnce(tmpdir(), name);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    throw storageError("make a folder at", place, error);
  }
  return { path, remove: () => removeFolder(path) };
}

async function sweepOnce(folder: string, name: string): Promise<void> {
  const key = join(folder, name);
  // Whoever may not look through the folder can still work in it.
  const sweeping = swept.get(key) ?? sweep(folder, (found) => found === name).catch(() => {});
  swept.set(key, sweeping);
  await sweeping;
}

/** How often, and after how many milliseconds, a folder is removed that is being written to. */
const [TRIES, PAUSE] = [50, 40];

/** A compiler that was stopped leaves its linker, which may write for a moment longer. */
async function removeFolder(folder: string): Promise<void> {
  for (let left = TRIES; left > 0; left -= 1) {
    const isGone = await rm(folder, { recursive: true, force: true }).then(() => true, () => false);
    if (isGone) return;
    await sleep(PAUSE);
  }
  // The outcome of the work matters more; the next run sweeps the folder.
}
