import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { namesIn } from "./files.ts";
import { hasEnded } from "./owner.ts";
import { readTemporary } from "./temporary.ts";

/** Milliseconds after which nobody works on a temporary file any more, on whatever machine. */
const ABANDONED_AGE = 24 * 60 * 60 * 1000;

/**
 * Removes what killed processes left under temporary names, files and folders.
 *
 * @param isOurs whether what it was to become is one of ours, by its name
 */
export async function sweep(folder: string, isOurs: (name: string) => boolean): Promise<void> {
  for (const name of await namesIn(folder)) {
    const temporary = readTemporary(name);
    if (temporary === undefined || !isOurs(temporary.becoming)) continue;
    const path = join(folder, name);
    if (!hasEnded(temporary.owner) && !await isOld(path)) continue;
    // Whoever may not remove it can still do what they came for.
    await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

async function isOld(path: string): Promise<boolean> {
  return await stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs > ABANDONED_AGE, () => false);
}
