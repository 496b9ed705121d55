import { createHash } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { systemCode } from "../error.ts";

/**
 * Names this process in what it leaves for others to see, locks and temporary files: its number,
 * and a mark of the machine and PID namespace in which the number counts. Two containers that
 * share a folder may both be process 7.
 */
export const OWNER: string = `${process.pid}-${mark()}`;

/** An owner's name as a pattern, to find it in a longer text. */
export const OWNER_PATTERN = "[0-9]+-[0-9a-f]{8}";

/** Whether the process of that name has ended. False also when that cannot be told from here. */
export function hasEnded(owner: string): boolean {
  const [pid, where] = owner.split("-");
  if (where !== OWNER.split("-")[1]) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    return systemCode(error) === "ESRCH";
  }
}

function mark(): string {
  const where = [hostname, () => readlinkSync("/proc/self/ns/pid")].map(orNothing).join(" ");
  return createHash("sha256").update(where).digest("hex").slice(0, 8);
}

/** Other systems have no /proc, and a sandboxed runtime may not tell either. */
function orNothing(ask: () => string): string {
  try {
    return ask();
  } catch {
    return "";
  }
}
