import type { Stats } from "node:fs";
import { chown, constants, copyFile, lstat, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { isDeepStrictEqual } from "node:util";
import { PauseError, systemCode } from "../error.ts";
import { removeFile, storageError, writeBeside } from "../host/files.ts";
import { configure } from "./configure.ts";
import { unifiedDiff } from "./diff.ts";
import type { Image } from "./image.ts";
import { readOrdinary, textOf } from "./read-ordinary.ts";
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
  const before = bytes === undefined ? "" : textOf(bytes, "edit", path);
  // A mark that an editor of Windows put there stays, and is no part of the first line.
  const [, mark = "", text = ""] = /^(\ufeff?)([^]*)$/.exec(before) ?? [];
  const after = mark + configure(runtime, image, { path, text });
  if (after === before) return { path, outcome: "unchanged", diff: [] };
  const diff = unifiedDiff(path, before, after);
  if (dryRun) return { path, outcome: "planned", diff };
  const backup = await replace(target, { path, before: bytes, after });
  return { path, outcome: "written", diff, ...(backup !== undefined && { backup }) };
}

/** A file's content, and what it is to be. */
interface Change {
  /** How messages name it. */
  readonly path: string;
  /** Undefined: there was none. */
  readonly before: Uint8Array | undefined;
  readonly after: string;
}

/** Gives a file its new content if it still has the old one. Returns where that is kept. */
async function replace(
  target: string,
  { path, before, after }: Change,
): Promise<string | undefined> {
  const found = before && await stat(target);
  if (found) requireOwner(found, path);
  const mode = found && found.mode & 0o7777;
  // What can fail comes before the backup, which nobody wants of a file that stays.
  const written = await writeBeside(target, after, mode);
  let backup: string | undefined;
  try {
    backup = found && await keep(target, found);
    await requireSame(target, path, before);
    await written.publish();
  } catch (error) {
    await written.discard();
    if (backup !== undefined) await removeFile(backup);
    throw error;
  }
  if (found) await own(target, found);
  return backup;
}

/** Somebody may have written the file since it was read: another editor, or another run of this. */
async function requireSame(
  target: string,
  path: string,
  before: Uint8Array | undefined,
): Promise<void> {
  const now = await readOrdinary(target);
  if (isDeepStrictEqual(now, before)) return;
  throw new PauseError(
    "storage",
    `Cannot write ${path}: somebody else has changed it meanwhile. Run the command again.`,
  );
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
