import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { PauseError, reason, systemCode } from "../error.ts";

/** The bytes of a file, or undefined when there is none. */
export async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
    throw storageError("read", path, error);
  }
}

/**
 * Writes a file whole or not at all: into a neighbour first, which then takes its name.
 * Missing folders are made. Other processes see the old bytes or the new ones.
 *
 * @param mode permission bits, whatever the umask
 * @throws PauseError `storage`; the file then has its old content
 */
export async function writeWhole(
  path: string,
  bytes: Uint8Array | ReadableStream<Uint8Array> | string,
  mode = 0o644,
): Promise<void> {
  const neighbour = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(neighbour, "wx", mode);
    try {
      await fill(file, bytes);
      await file.chmod(mode);
    } finally {
      await file.close();
    }
    await rename(neighbour, path);
  } catch (error) {
    await rm(neighbour, { force: true }).catch(() => {});
    throw storageError("write", path, error);
  }
}

async function fill(
  file: FileHandle,
  bytes: Uint8Array | ReadableStream<Uint8Array> | string,
): Promise<void> {
  if (!(bytes instanceof ReadableStream)) return await file.writeFile(bytes);
  for await (const chunk of bytes) await file.writeFile(chunk);
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: "Change its permissions or choose another place.",
  EDQUOT: "Free some of your quota and run the command again.",
  EISDIR: "A folder has that name; move it away.",
  ENOSPC: "Free some space and run the command again.",
  ENOTDIR: "A file has the name of a folder that is needed; move it away.",
  EROFS: "Choose a place that can be written to.",
};

/** What a failed file operation is to the user: a `storage` error with a hint. PauseErrors pass as they are. */
export function storageError(doing: string, path: string, cause: unknown): PauseError {
  if (cause instanceof PauseError) return cause;
  const hint = HINTS[systemCode(cause) ?? ""] ?? "";
  return new PauseError("storage", `Cannot ${doing} ${path}: ${reason(cause)}. ${hint}`.trim(), {
    cause,
  });
}
