import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

/** Who commits, and when: the same files make the same commit wherever they are. */
const COMMIT = {
  GIT_AUTHOR_NAME: "test",
  GIT_AUTHOR_EMAIL: "test@localhost",
  GIT_AUTHOR_DATE: "1700000000 +0000",
  GIT_COMMITTER_NAME: "test",
  GIT_COMMITTER_EMAIL: "test@localhost",
  GIT_COMMITTER_DATE: "1700000000 +0000",
};

/**
 * Makes `folder` a clone of this repository as it is now, what is not committed yet included, with
 * one commit of a fixed time. The packages are borrowed by a link.
 */
export function cloneInto(folder: string): void {
  const root = process.cwd();
  const files = git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z");
  for (const file of files.split("\0").filter((name) => name !== "")) {
    // A file that was deleted and not committed yet is no longer there.
    if (!existsSync(join(root, file))) continue;
    const copy = join(folder, file);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(root, file), copy);
  }
  git(folder, "init", "--quiet");
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message", "as it is");
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
}

function git(folder: string, ...words: string[]): string {
  const env = { ...process.env, ...COMMIT };
  return execFileSync("git", ["-c", "core.autocrlf=false", ...words], {
    cwd: folder,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 26,
  });
}
