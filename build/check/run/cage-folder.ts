import { lstat, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { namesIn, storageError } from "../../host/files.ts";
import { hasEnded } from "../../host/owner.ts";
import { readTemporary, temporaryName } from "../../host/temporary.ts";

/** What the folders of cages are called. */
const NAME = "pause-verify";

/**
 * Makes a folder for a cage, which only we can look into, and removes those that killed processes
 * left.
 *
 * @throws PauseError `storage`
 */
export async function makeCageFolder(): Promise<string> {
  const place = tmpdir();
  await sweep(place);
  const folder = temporaryName(join(place, NAME));
  try {
    await mkdir(folder, { mode: 0o700 });
    return folder;
  } catch (error) {
    throw storageError("make", folder, error);
  }
}

async function sweep(place: string): Promise<void> {
  for (const name of await namesIn(place)) {
    const temporary = readTemporary(name);
    if (temporary?.becoming !== NAME || !hasEnded(temporary.owner)) continue;
    const path = join(place, name);
    // Anybody may make files there, of any name.
    if (await isOurs(path)) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}
