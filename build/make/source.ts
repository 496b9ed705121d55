import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PauseError } from "../error.ts";
import { run } from "../host/process.ts";

/** Where the sources are, and what they say of themselves. */
export interface Source {
  /** The folder that holds `src/` and `arch/`. */
  readonly root: string;
  /** The template: the working directory's own, else the one beside the sources. */
  readonly template: string;
  /** The commit, with `-dirty` when what the image is made of differs from it; "" without git. */
  readonly revision: string;
  /** The time of the commit, seconds since 1970; 0 without git. */
  readonly epoch: number;
}

const PROGRAM = join("src", "linux", "pause.c");
const TEMPLATE = "Dockerfile.tmpl";
/** What the image is made of, for `-dirty`. */
const INPUTS = ["src", "arch", TEMPLATE];

/**
 * Finds the sources: those of the working directory, else those that came with this software.
 *
 * @param directory the working directory
 * @throws PauseError `usage` when there are none
 */
export async function findSource(directory: string, signal?: AbortSignal): Promise<Source> {
  const root = findRoot(directory);
  const own = join(directory, TEMPLATE);
  const template = existsSync(own) ? own : join(root, TEMPLATE);
  return { root, template, ...await readCommit(root, signal) };
}

function findRoot(directory: string): string {
  const places = [directory, ...ancestors(dirname(fileURLToPath(import.meta.url)))];
  const root = places.find((place) => existsSync(join(place, PROGRAM)));
  if (root !== undefined) return root;
  throw new PauseError(
    "usage",
    `Cannot find ${PROGRAM}: neither ${directory} nor the installation holds it. Run the command in a clone, or install the package anew.`,
  );
}

function ancestors(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...ancestors(parent)];
}

/** The commit of a clone. A package inside somebody else's clone is not of that commit. */
async function readCommit(
  root: string,
  signal?: AbortSignal,
): Promise<Pick<Source, "revision" | "epoch">> {
  if (!existsSync(join(root, ".git"))) return { revision: "", epoch: 0 };
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
const GIT = ["git", "-c", `safe.directory=*`, "-c", "core.fsmonitor=false"] as const;
