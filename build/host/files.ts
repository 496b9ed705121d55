import { Buffer } from "node:buffer";
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { dirname } from "node:path";
import { PauseError, reason, systemCode } from "../error.ts";
import { temporaryName } from "./temporary.ts";

/** The bytes of a file, or undefined when there is none. */
export async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw storageError("read", path, error);
  }
}

/** The size of a file in bytes, or undefined when there is none or it is no ordinary file. */
export async function sizeIfThere(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw storageError("read", path, error);
  }
}

/** The names in a folder, in no order; none when there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw storageError("read", folder, error);
  }
}

/** Removes a file, if it is there. */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw storageError("remove", path, error);
  }
}

/** Removes a file, or a folder with all that is in it, if it is there. */
export async function removeAll(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw storageError("remove", path, error);
  }
}

const CHUNK = 256 * 1024;

/**
 * The bytes of a file, or of a part of it, as they are asked for. The file is open only while it is
 * being read.
 *
 * @param start where to begin, in bytes
 * @param length how many bytes at most
 * @throws PauseError `storage`, in the stream
 */
export function fileStream(
  path: string,
  start = 0,
  length: number = Number.MAX_SAFE_INTEGER,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let file: FileHandle | undefined;
  let [position, left] = [start, length];
  return new ReadableStream({
    async pull(controller): Promise<void> {
      try {
        file ??= await open(path, "r");
        const buffer = new Uint8Array(Math.min(CHUNK, left));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
        position += bytesRead;
        left -= bytesRead;
        if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead));
        if (bytesRead > 0 && left > 0) return;
        await file.close();
        controller.close();
      } catch (error) {
        await file?.close();
        throw storageError("read", path, error);
      }
    },
    async cancel(): Promise<void> {
      await file?.close();
    },
  }, { highWaterMark: 0 });
}

/** Whether there is a file of just these bytes. Reads up to the first that differs. */
export async function hasContent(
  path: string,
  bytes: ReadableStream<Uint8Array>,
): Promise<boolean> {
  const total = await sizeIfThere(path);
  if (total === undefined) return await bytes.cancel().then(() => false);
  try {
    const file = await open(path, "r");
    try {
      let at = 0;
      for await (const chunk of bytes) {
        const there = Buffer.alloc(chunk.length);
        await file.read(there, 0, there.length, at);
        if (!there.equals(chunk)) return false;
        at += chunk.length;
      }
      return at === total;
    } finally {
      await file.close();
    }
  } catch (error) {
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
  const written = await writeBeside(path, bytes, mode);
  await written.publish();
}

/** A file that is written, and does not have its name yet. */
export interface WrittenBeside {
  /** Gives it its name. @throws PauseError `storage`; what had the name then has it still */
  publish(): Promise<void>;
  /** Removes it. */
  discard(): Promise<void>;
}

/**
 * Writes the neighbour of {@link writeWhole}, for whoever has several files to replace: what can
 * fail and what takes long is then over before the first of them is.
 *
 * @throws PauseError `storage`
 */
export async function writeBeside(
  path: string,
  bytes: Uint8Array | ReadableStream<Uint8Array> | string,
  mode = 0o644,
): Promise<WrittenBeside> {
  const neighbour = temporaryName(path);
  const discard = (): Promise<void> => rm(neighbour, { force: true }).catch(() => {});
  const fails = async (error: unknown): Promise<never> => {
    await discard();
    throw storageError("write", path, error);
  };
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(neighbour, "wx", mode);
    try {
      await fill(file, bytes);
      await file.chmod(mode);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (bytes instanceof ReadableStream) await bytes.cancel(error).catch(() => {});
    return await fails(error);
  }
  return { discard, publish: () => rename(neighbour, path).catch(fails) };
}

async function fill(
  file: FileHandle,
  bytes: Uint8Array | ReadableStream<Uint8Array> | string,
): Promise<void> {
  if (!(bytes instanceof ReadableStream)) return await file.writeFile(bytes);
  for await (const chunk of bytes) await file.writeFile(chunk);
}

function isMissing(error: unknown): boolean {
  return systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR";
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: "Change its permissions or choose another place.",
  EBUSY: "Something uses it, or it is mounted by itself: change it where it is mounted from.",
  EDQUOT: "Free some of your quota and run the command again.",
  EISDIR: "A folder has that name; move it away.",
  ENOSPC: "Free some space and run the command again.",
  ENOTDIR: "A file has the name of a folder that is needed; move it away.",
  EROFS: "Choose a place that can be written to.",
};

/** Deno's own words tell of flags, which whoever runs a program does not know of. */
const KEPT_OUT = "Deno keeps this program out of there. Choose another place.";

/** What a failed file operation is to the user: a `storage` error with a hint. PauseErrors pass as they are. */
export function storageError(doing: string, path: string, cause: unknown): PauseError {
  if (cause instanceof PauseError) return cause;
  const hint = HINTS[systemCode(cause) ?? ""] ?? "";
  const isKeptOut = cause instanceof Error && cause.name === "NotCapable";
  const found = isKeptOut ? KEPT_OUT : `${reason(cause)}. ${hint}`.trim();
  return new PauseError("storage", `Cannot ${doing} ${path}: ${found}`, { cause });
}
