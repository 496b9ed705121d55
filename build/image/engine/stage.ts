import { chmod, lutimes, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { storageError } from "../../host/files.ts";
import type { ReadContext } from "../context.ts";
import type { Entry } from "../entry.ts";
import type { Place } from "../place.ts";

/**
 * Writes what a Dockerfile takes from its context into a folder, of one time, so that a builder which
 * keeps the times of files makes the same layers of them on any day.
 *
 * @param sources paths of the context; "." is all of it
 * @param folder is made
 * @param epoch seconds since 1970
 * @throws PauseError `storage`; what `read` throws
 */
export async function stage(
  read: ReadContext,
  sources: readonly string[],
  place: Place,
  folder: string,
  epoch: number,
): Promise<void> {
  const entries: (Entry & { readonly at: string })[] = [];
  for (const source of sources) {
    const found = await read(source, place) ?? [];
    entries.push(...found.map((entry) => ({ ...entry, at: join(folder, source, entry.path) })));
  }
  try {
    await mkdir(folder, { recursive: true });
    for (const entry of entries) await put(entry.at, entry);
    // A folder is as old as the last file that was put into it, and may forbid more of them.
    for (const { at, kind, mode } of entries.reverse()) {
      if (kind !== "link") await chmod(at, mode);
      await lutimes(at, epoch, epoch);
    }
  } catch (error) {
    throw storageError("copy the build context to", folder, error);
  }
}

async function put(at: string, entry: Entry): Promise<void> {
  await mkdir(entry.kind === "folder" ? at : dirname(at), { recursive: true });
  if (entry.kind === "file") await writeFile(at, entry.bytes);
  if (entry.kind === "link") await symlink(entry.to, at);
}
