import { stat } from "node:fs/promises";
import { PauseError, systemCode } from "../error.ts";
import { readIfThere, storageError } from "../host/files.ts";

/** Bytes that no configuration comes near to. */
const LIMIT = 4 * 1024 * 1024;

/**
 * The bytes of a file, or undefined when there is none.
 * @throws PauseError `storage`, also for what one could wait for or read without end, such as a pipe
 */
export async function readOrdinary(path: string): Promise<Uint8Array | undefined> {
  const found = await stat(path).catch((error) => {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return undefined;
    throw storageError("read", path, error);
  });
  if (found === undefined) return undefined;
  if (found.isFile() && found.size <= LIMIT) return await readIfThere(path);
  const what = found.isFile() ? `it has ${found.size} bytes, more than ${LIMIT}` : "it is no file";
  throw new PauseError("storage", `Cannot read ${path}: ${what}. Name a configuration file.`);
}

/**
 * The text of a file's bytes. A byte order mark stays in it.
 * @param doing what cannot be done otherwise: `edit`
 * @throws PauseError `usage` for what is no text
 */
export function textOf(bytes: Uint8Array, doing: string, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new PauseError(
      "usage",
      `Cannot ${doing} ${path}: it is no text in UTF-8. Nothing was changed.`,
    );
  }
}
