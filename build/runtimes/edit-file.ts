import type { Stats } from "node:fs";
import { chown, constants, copyFile, lstat, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { PauseError, systemCode } from "../error.ts";
import { storageError, writeWhole } from "../host/files.ts";
import { configure } from "./configure.ts";
import { unifiedDiff } from "./diff.ts";
import type { Image } from "./image.ts";
import { readOrdinary } from "./read-ordinary.ts";
import type { Runtime } from "./runtime.ts";

/** What became of a file. */
export interface Edited {
  readonly path: string;
  /** `planned`: nothing was written, as was asked. */
  readonly outcome: "unchanged" | "written" | "planned";
  /** As `diff -u` has it; no lines when it says so already. */
  readonly diff: readonly string[];
  /** Where the old file is now, if there was one. */
  readonly backup?: string;
}

/**
 * Puts an image into a file that there is, or makes one. What a link leads to is what is edited; its
 * permissions and its owner stay. The old file is kept, under a name that was free.
 *
 * @param image undefined: takes the setting out
 * @param dryRun writes nothing
 * @throws PauseError `usage` for a file that cannot be edited, see {@link configure}; `storage`. The
 * file is then as it was
 */
export async function editFile(
  runtime: Runtime,
  image: Image | undefined,
  path: string,
  dryRun = false,
): Promise<Edited> {
  const target = await targetOf(path);
  const bytes = await readOrdinary(target);
  const before = bytes === undefined ? "" : decode(bytes, path);
  const after = configure(runtime, image, { path, text: before });
  if (after === before) return { path, outcome: "unchanged", diff: [] };
  const diff = unifiedDiff(path, before, after);
  if (dryRun) return { path, outcome: "planned", diff };
  if (bytes === undefined) {
    await writeWhole(target, after);
    return { path, outcome: "written", diff };
  }
  const found = await stat(target);
  requireOwner(found, path);
  const backup = await keep(target, found);
  await writeWhole(target, after, found.mode & 0o7777);
  await own(target, found);
  return { path, outcome: "written", diff, backup };
}

async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw storageError("read", path, error);
    const there = await lstat(path).catch(() => undefined);
    if (there === undefined) return path;
    throw new PauseError(
      "storage",
      `Cannot write ${path}: it is a link to a file that is not there. Name the file.`,
    );
  }
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new PauseError(
      "usage",
      `Cannot edit ${path}: it is no text in UTF-8. Nothing was changed.`,
    );
  }
}

/** Only root can give a file to somebody else, and it is to stay theirs. */
function requireOwner({ uid }: Stats, path: string): void {
  const ours = process.getuid?.();
  if (ours === undefined || ours === 0 || ours === uid) return;
  throw new PauseError(
    "storage",
    `Cannot write ${path}: it is user ${uid}'s, and would be yours. Run the command as root.`,
  );
}

/**
 * Copies a file to the first free name, and not into a folder such as conf.d/, of which some read
 * all that lies in it: CRI-O would take the backup, which comes after the file.
 */
async function keep(path: string, found: Stats): Promise<string> {
  const folder = dirname(path);
  const beside = folder.endsWith(".d") ? join(dirname(folder), basename(path)) : path;
  for (let count = 0;; count++) {
    const backup = `${beside}.bak${count === 0 ? "" : `.${count}`}`;
    try {
      await copyFile(path, backup, constants.COPYFILE_EXCL);
      await own(backup, found);
      return backup;
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw storageError("write", backup, error);
    }
  }
}

async function own(path: string, { uid, gid }: Stats): Promise<void> {
  const now = await stat(path);
  if (now.uid === uid && now.gid === gid) return;
  try {
    await chown(path, uid, gid);
  } catch (error) {
    throw storageError("keep the owner of", path, error);
  }
}
