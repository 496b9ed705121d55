import { readFile, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { readField } from "./pause/proc.ts";

const IN_MEMORY = "/dev/shm";
const GIB = 1024 ** 3;

/**
 * A folder in memory, so that no disk is measured, if there is room for so many bytes; else the
 * usual one.
 */
export async function roomyFolder(bytes: number): Promise<string> {
  const kib = readField(await readFile("/proc/meminfo", "utf8"), "MemAvailable");
  if (kib * 1024 < bytes + 4 * GIB) return tmpdir();
  const { bavail, bsize } = await statfs(IN_MEMORY).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize < bytes + GIB ? tmpdir() : IN_MEMORY;
}
