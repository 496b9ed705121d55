import type { Stats } from "node:fs";
import { lstat, readdir, readFile, readlink, realpath, stat } from "node:fs/promises";
import { join, posix, relative, sep } from "node:path";
import process from "node:process";
import { systemCode } from "../error.ts";
import { readIfThere, storageError } from "../host/files.ts";
import type { Entry } from "./entry.ts";
import { parseIgnore } from "./ignore.ts";
import { type Place, refuse } from "./place.ts";

/** A part of the build context; its path is relative to what was asked for, which is "" itself. */
export type ContextEntry = Entry;

/**
 * Reads what a path of the build context names, itself first, with all that is below it, folders
 * before what they hold. Undefined when there is nothing of that name.
 *
 * @param path relative, normalised, inside the context
 * @param place the instruction that asks
 */
export type ReadContext = (
  path: string,
  place: Place,
) => Promise<readonly ContextEntry[] | undefined>;

/**
 * A folder as build context, less what its `.dockerignore` leaves out. A path that is a symbolic
 * link gives what it points at; links below a path stay links.
 *
 * The reader throws PauseError `dockerfile` for a path that links lead out of the folder, and for
 * what is neither file, folder nor link; `storage` for what cannot be read.
 */
export function folderContext(folder: string): ReadContext {
  const ignored = readIfThere(join(folder, ".dockerignore"))
    .then((bytes) => parseIgnore(new TextDecoder().decode(bytes ?? new Uint8Array())));
  // Whoever reads first meets the error; until then it is not unhandled.
  ignored.catch(() => {});
  return async (path, place) => {
    const found = await locate(folder, path, place);
    if (found === undefined) return undefined;
    const walk: Walk = { ignored: await ignored, place };
    const entries = await readTree(walk, found.file, path, "", found.stats);
    return entries.length === 0 ? undefined : entries;
  };
}

interface Walk {
  readonly ignored: (path: string) => boolean;
  readonly place: Place;
}

/** What a path leads to, links followed, if that is inside the folder. */
async function locate(
  folder: string,
  path: string,
  place: Place,
): Promise<{ file: string; stats: Stats } | undefined> {
  const file = join(folder, path);
  try {
    const real = await realpath(file);
    const inside = relative(await realpath(folder), real);
    if (inside !== ".." && !inside.startsWith(`..${sep}`)) {
      return { file: real, stats: await stat(real) };
    }
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
    throw storageError("read", file, error);
  }
  throw refuse(place, `${path} links to a place outside of the context`, "Copy the file itself.");
}

/**
 * @param file where it is on this machine
 * @param named its path in the context, by which it may be ignored
 * @param path its path below what was asked for
 */
async function readTree(
  walk: Walk,
  file: string,
  named: string,
  path: string,
  stats: Stats,
): Promise<ContextEntry[]> {
  const left = walk.ignored(named);
  const mode = permissions(stats);
  if (stats.isDirectory()) {
    const below = await readFolder(walk, file, named, path);
    return left && below.length === 0 ? [] : [{ path, mode, kind: "folder" }, ...below];
  }
  if (left) return [];
  try {
    if (stats.isFile()) return [{ path, mode, kind: "file", bytes: await readFile(file) }];
    if (stats.isSymbolicLink()) return [{ path, mode, kind: "link", to: await readlink(file) }];
  } catch (error) {
    throw storageError("read", file, error);
  }
  throw refuse(walk.place, `${named} is neither file, folder nor link`, "Leave it out.");
}

async function readFolder(
  walk: Walk,
  file: string,
  named: string,
  path: string,
): Promise<ContextEntry[]> {
  const entries: ContextEntry[] = [];
  try {
    for (const name of await readdir(file)) {
      const child = join(file, name);
      const stats = await lstat(child);
      entries.push(
        ...await readTree(walk, child, posix.join(named, name), posix.join(path, name), stats),
      );
    }
  } catch (error) {
    throw storageError("read", file, error);
  }
  return entries;
}

/** Windows knows no permission to execute; there, as with Docker, everything has it. */
function permissions(stats: Stats): number {
  return process.platform === "win32" ? 0o755 : stats.mode & 0o7777;
}
