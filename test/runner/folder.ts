import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes the folder of one run of the runner. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pause-test-"));
  chmodSync(folder, 0o755);
  return folder;
}

/** Makes a folder that everybody may use, as /tmp: tests run programs as other users. */
export function makeTemporary(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o1777);
}

/** What a test left in its TMPDIR, in words. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder).map((name) => `${name} in its TMPDIR`);
}

/**
 * Removes a folder, unless something is mounted below it: then what is mounted would go too.
 * @returns the mount points that kept it from being removed
 */
export function removeFolder(folder: string): string[] {
  const mounts = mountPoints().filter((point) => point.startsWith(`${folder}/`));
  if (mounts.length === 0) rmSync(folder, { recursive: true, force: true });
  return mounts;
}

function mountPoints(): string[] {
  try {
    return readFileSync("/proc/self/mounts", "utf8").split("\n").map((line) =>
      line.split(" ")[1] ?? ""
    );
  } catch {
    return [];
  }
}
