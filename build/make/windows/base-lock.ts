import { join } from "node:path";
import { readIfThere, writeWhole } from "../../host/files.ts";
import type { Digest } from "../../oci/digest.ts";
import { digest, fields, listOf, optional, text } from "../../oci/shape.ts";
import { faultIn, readLockDocument } from "../lock-document.ts";

/** One base, pinned: what is built on it stays the same until somebody says otherwise. */
export interface LockedBase {
  /** As BASE names it: `mcr.microsoft.com/…:v0.4.1`. */
  readonly reference: string;
  /** The version of Windows by its name: `ltsc2022`. */
  readonly osVersion: string;
  /** By Go's name. */
  readonly architecture: string;
  /** Of the index that the reference named; absent when it named an image. */
  readonly index?: Digest;
  /** Of the image's manifest: what is built on. */
  readonly manifest: Digest;
  /** What the image's configuration says, update included. */
  readonly "os.version": string;
}

/** What became of one entry of the lock file. */
export interface UpdatedBase {
  /** `windows/amd64 ltsc2022` */
  readonly name: string;
  /** What is locked from now on. */
  readonly now: LockedBase;
  /** Undefined: nothing was locked. */
  readonly before?: LockedBase;
  /** What it means for the next build: `unchanged` nothing. */
  readonly outcome: "locked" | "changed" | "unchanged";
}

/** The lock file, below the working directory or the folder of the sources. */
export const LOCK_FILE: string = join("src", "windows", "base.lock.json");

const SHAPE = fields({
  bases: listOf(fields({
    reference: text,
    osVersion: text,
    architecture: text,
    index: optional(digest),
    manifest: digest,
    "os.version": text,
  })),
});

/**
 * Reads the lock file: the working directory's own, else the one beside the sources. Without one
 * nothing is locked.
 *
 * @throws PauseError `usage` for one that is no lock file; `storage`
 */
export async function readLock(directory: string, root: string): Promise<readonly LockedBase[]> {
  for (const folder of new Set([directory, root])) {
    const path = join(folder, LOCK_FILE);
    const bytes = await readIfThere(path);
    if (bytes !== undefined) return parseLock(bytes, path);
  }
  return [];
}

function parseLock(bytes: Uint8Array, path: string): readonly LockedBase[] {
  const fault = faultIn(path, 'Remove it, and write it anew with "./make update-base".');
  const bases = readLockDocument(bytes, SHAPE, fault).bases as readonly LockedBase[];
  const twice = bases.find((base, at) => bases.findIndex((one) => isSameBase(one, base)) < at);
  if (twice === undefined) return bases;
  // Which of them counts would be anybody's guess: a merge leaves both.
  const { osVersion, architecture, reference } = twice;
  throw fault(`it locks ${reference} twice for windows/${architecture} ${osVersion}`);
}

/**
 * Writes the lock file of the working directory.
 * @throws PauseError `storage`
 */
export async function writeLock(
  directory: string,
  bases: readonly LockedBase[],
): Promise<void> {
  await writeWhole(join(directory, LOCK_FILE), `${JSON.stringify({ bases }, undefined, 2)}\n`);
}

/** Whether two entries are about the same base: one takes the other's place. */
export function isSameBase(one: Key, other: Key): boolean {
  return one.reference === other.reference && one.osVersion === other.osVersion &&
    one.architecture === other.architecture;
}

type Key = Pick<LockedBase, "reference" | "osVersion" | "architecture">;
