import { existsSync } from "node:fs";
import { join } from "node:path";
import { readIfThere } from "../host/files.ts";
import { run } from "../host/process.ts";
import { digestFolder } from "./digests.ts";
import type { Source } from "./source.ts";
import { freshOrMade } from "./stamp.ts";

/** The commit that the sources are of. */
export interface Commit {
  /** Its hash, with `-dirty` when what the image is made of differs from it; "" without git. */
  readonly revision: string;
  /** Its time, seconds since 1970; 0 without git. */
  readonly epoch: number;
}

/** What the image is made of, below the root. */
const INPUTS = ["src", "arch", "Dockerfile.tmpl"] as const;

/**
 * Reads the commit of a clone. Git is asked once for each commit and content of the sources.
 * A package inside somebody else's clone is of no commit.
 *
 * @param directory where the stamp is kept
 * @throws PauseError `storage`, `interrupted`
 */
export async function readCommit(
  directory: string,
  { root }: Source,
  signal?: AbortSignal,
): Promise<Commit> {
  if (!existsSync(join(root, ".git"))) return { revision: "", epoch: 0 };
  const head = await readHead(join(root, ".git"));
  const { result } = await freshOrMade({
    name: "commit",
    directory,
    ingredients: async () => [
      head,
      ...await Promise.all(INPUTS.map((path) => digestFolder(join(root, path)))),
    ],
    intact: () => Promise.resolve(head !== undefined),
    make: () => askGit(root, signal),
  });
  return result;
}

async function askGit(root: string, signal?: AbortSignal): Promise<Commit> {
  const options = { cwd: root, ...(signal && { signal }) };
  const [commit, changes] = await Promise.all([
    run([...GIT, "log", "-1", "--no-show-signature", "--format=%H %ct"], options),
    run([...GIT, "diff", "--quiet", "HEAD", "--", ...INPUTS], options),
  ]);
  const [hash = "", seconds = "0"] = commit.exitCode === 0 ? commit.stdout.trim().split(" ") : [];
  const dirty = hash !== "" && changes.exitCode === 1 ? "-dirty" : "";
  return { revision: hash + dirty, epoch: Number(seconds) };
}

/** The same commit is read whoever owns the clone, so that root and others make the same image. */
const GIT = ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false"] as const;

/**
 * The hash that HEAD stands for, where it is in plain files; undefined for worktrees and for other
 * formats of references, of which git has to be asked.
 *
 * @see https://git-scm.com/docs/gitrepository-layout
 */
async function readHead(folder: string): Promise<string | undefined> {
  const head = await readText(join(folder, "HEAD"));
  const name = /^ref: (.+)$/m.exec(head)?.[1];
  if (name === undefined) return hashIn(head);
  const packed = (await readText(join(folder, "packed-refs"))).split("\n");
  return hashIn(await readText(join(folder, name))) ??
    hashIn(packed.find((line) => line.endsWith(` ${name}`)) ?? "");
}

function hashIn(text: string): string | undefined {
  return /^[0-9a-f]{40,64}(?=\s|$)/.exec(text)?.[0];
}

async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readIfThere(path));
}
