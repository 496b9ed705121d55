import { lstat, readlink } from "node:fs/promises";
import { join } from "node:path";
import { PauseError, systemCode } from "../error.ts";
import { storageError } from "../host/files.ts";

/** Links on one way, beyond which the kernel gives up too. */
const MOST_LINKS = 40;

/** A step of a way. */
interface Step {
  readonly name: string;
  /** The link that it is from, as the node has it. Undefined: the path itself. */
  readonly link?: string;
}

/**
 * Follows a path of a node as the node itself would: an absolute link begins at its root, and no
 * `..` leads out of it.
 *
 * @param top the folder that is the node's `/`, itself without links
 * @param path as the node has it
 * @returns where that is from here, without links; undefined when there is nothing
 * @throws PauseError `storage` for a link to what is not there, or in a circle
 */
export async function followBelow(top: string, path: string): Promise<string | undefined> {
  const way: string[] = [];
  const steps: Step[] = stepsOf(path);
  let links = 0;
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    const { name, link } = step;
    if (name === "..") {
      way.pop();
      continue;
    }
    const found = await look(top, [...way, name]);
    if (found === undefined) {
      if (link === undefined) return undefined;
      throw unreadable(path, `${link} is a link to what is not there`);
    }
    if (found.target === undefined) way.push(name);
    else {
      if (++links > MOST_LINKS) throw unreadable(path, "its links lead in a circle");
      steps.unshift(...stepsOf(found.target, link ?? `/${[...way, name].join("/")}`));
      if (found.target.startsWith("/")) way.length = 0;
    }
  }
  return join(top, ...way);
}

function stepsOf(path: string, link?: string): Step[] {
  return path.split("/").filter((name) => name !== "" && name !== ".")
    .map((name) => ({ name, ...(link !== undefined && { link }) }));
}

/** What is there, and what it leads to if it is a link. */
async function look(
  top: string,
  way: readonly string[],
): Promise<{ readonly target?: string } | undefined> {
  const here = join(top, ...way);
  try {
    return (await lstat(here)).isSymbolicLink() ? { target: await readlink(here) } : {};
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return undefined;
    throw storageError("read", here, error);
  }
}

function unreadable(path: string, found: string): PauseError {
  return new PauseError(
    "storage",
    `Cannot read ${path}: ${found}. Remove the link, or make what it names.`,
  );
}
