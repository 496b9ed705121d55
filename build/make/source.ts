import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PauseError } from "../error.ts";

/** Where the sources are. */
export interface Source {
  /** The folder that holds `src/` and `arch/`. */
  readonly root: string;
  /** The template: the working directory's own, else the one beside the sources. */
  readonly template: string;
}

const PROGRAM = join("src", "linux", "pause.c");
/** The name of the template, beside the sources or in the working directory. */
export const TEMPLATE = "Dockerfile.tmpl";
/**
 * Finds the sources: those of the working directory, else those that came with this software.
 *
 * @param directory the working directory
 * @throws PauseError `usage` when there are none
 */
export function findSource(directory: string): Source {
  const root = findRoot(directory);
  const own = join(directory, TEMPLATE);
  return { root, template: existsSync(own) ? own : join(root, TEMPLATE) };
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
