import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PauseError } from "../error.ts";
import { fileStream, writeWhole } from "../host/files.ts";
import { withTemporaryFolder } from "../host/temporary-folder.ts";
import type { Digests } from "./digests.ts";

/** Where the sources are. */
export interface Source {
  /** The folder that holds `src/` and `arch/`. */
  readonly root: string;
  /** The template: the working directory's own, else the one beside the sources. */
  readonly template: string;
  /** Whether they are inside a compiled program, where a compiler cannot read them. */
  readonly embedded: boolean;
}

const PROGRAM = join("src", "linux", "pause.c");
/** The name of the template, beside the sources or in the working directory. */
export const TEMPLATE = "Dockerfile.tmpl";
/** The folder that holds the sources inside a compiled program, and in no other installation. */
export const EMBEDDED = "embedded";

/**
 * Finds the sources: those of the working directory, else those that came with this software.
 *
 * @param directory the working directory
 * @throws PauseError `usage` when there are none
 */
export function findSource(directory: string): Source {
  const installed = installation();
  const outside = [directory, ...installed].find(holdsSources);
  const inside = installed.map((folder) => join(folder, EMBEDDED)).find(holdsSources);
  const root = outside ?? inside;
  if (root === undefined) throw noSources(directory);
  const own = join(directory, TEMPLATE);
  const template = existsSync(own) ? own : join(root, TEMPLATE);
  return { root, template, embedded: outside === undefined };
}

/**
 * Gives `use` a folder with the sources that other programs can read: where they are, or, when they
 * are embedded, a copy for as long as it takes.
 *
 * @param inputs the files to copy, by the folder below the root that they are in
 * @throws PauseError `storage` when there is no room for a copy; what `use` throws
 */
export async function withSources<Value>(
  { root, embedded }: Source,
  inputs: Readonly<Record<string, Digests>>,
  use: (root: string) => Promise<Value>,
): Promise<Value> {
  if (!embedded) return await use(root);
  return await withTemporaryFolder("pause-image", async (folder) => {
    const paths = Object.entries(inputs).flatMap(([part, files]) =>
      Object.keys(files).map((path) => join(part, path))
    );
    for (const path of paths) {
      await writeWhole(join(folder, path), fileStream(join(root, path)));
    }
    return await use(folder);
  });
}

function holdsSources(folder: string): boolean {
  return existsSync(join(folder, PROGRAM));
}

/** The folders around this file. Run from a URL, it is in none. */
function installation(): string[] {
  const { url } = import.meta;
  return url.startsWith("file:") ? ancestors(dirname(fileURLToPath(url))) : [];
}

function noSources(directory: string): PauseError {
  return new PauseError(
    "usage",
    `Cannot find ${PROGRAM}: neither ${directory} nor the installation holds it. Run the command in a clone, or install the npm package.`,
  );
}

function ancestors(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...ancestors(parent)];
}
