import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { systemCode } from "../error.ts";
import { readIfThere, storageError } from "../host/files.ts";
import { type Digest, sha256 } from "../oci/digest.ts";

/** Digests of files, by path. */
export type Digests = Readonly<Record<string, Digest>>;

/** The digest of a text in UTF-8. */
export function digestText(text: string): Digest {
  return sha256(new TextEncoder().encode(text));
}

/** The digest of a file, or undefined when there is none. */
export async function digestFile(path: string): Promise<Digest | undefined> {
  const bytes = await readIfThere(path);
  return bytes && sha256(bytes);
}

/** The digest of each file, by its path below `directory`; files that are not there are left out. */
export async function digestFiles(directory: string, paths: readonly string[]): Promise<Digests> {
  const digests = await Promise.all(paths.map(async (path) => {
    const digest = await digestFile(resolve(directory, path));
    return digest === undefined ? [] : [[path, digest] as const];
  }));
  return Object.fromEntries(digests.flat());
}

/**
 * The digest of each file in a folder and below it, by its path there, in the order of the paths.
 * Of nothing there is nothing. The files are read one after the other, which for a hundred small
 * ones is ten times as fast as side by side.
 *
 * @throws PauseError `storage`
 */
export function digestFolder(folder: string): Digests {
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)).sort();
    return Object.fromEntries(
      files.map((file) => [relative(folder, file), sha256(readFileSync(file))]),
    );
  } catch (error) {
    if (systemCode(error) === "ENOENT") return {};
    throw storageError("read", folder, error);
  }
}
