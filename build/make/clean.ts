import { existsSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { TARGETS } from "../compile/targets.ts";
import { WINDOWS_VERSIONS } from "../image/windows-versions.ts";
import { namesIn, removeAll } from "../host/files.ts";
import { isRemains } from "../store/layout/check.ts";
import { folderFiles, LAYOUT_FILE } from "../store/layout/files.ts";

const ARCHES = TARGETS.map(({ arch }) => arch).join("|");

const VERSIONS = WINDOWS_VERSIONS.map(({ name }) => name).join("|");

/** With what the commands that `-n` prints write beside the program. */
const WINDOWS = `(pause|wincat)-windows-(${ARCHES})\\.exe(\\.obj|\\.\\w+\\.lib)?`;

/** What the goals write into `bin/`. Anything else there is somebody's own. */
const OURS = new RegExp(
  `^((pause|orphan|Dockerfile)-(${ARCHES})|Dockerfile-windows-(${ARCHES})-(${VERSIONS})|${WINDOWS})(\\..+\\.tmp)?$|^\\.stamps$`,
);

/**
 * Removes what the other goals made below `directory`: our files in `bin/`, and `out/` when it is
 * an OCI layout, with all of its tags. Files of others stay, and so does an OUTPUT elsewhere.
 *
 * @returns what was removed, below `directory`
 * @throws PauseError `storage`
 */
export async function clean(directory: string): Promise<string[]> {
  const ours = (await namesIn(join(directory, "bin"))).filter((name) => OURS.test(name)).sort();
  const layout = await isLayout(join(directory, "out")) ? ["out"] : [];
  const paths = [...ours.map((name) => `bin/${name}`), ...layout];
  for (const path of paths) await removeAll(join(directory, path));
  await removeIfEmpty(join(directory, "bin"));
  return paths;
}

/** A layout, or what is left of one: what the store calls so when it says to clean. */
async function isLayout(folder: string): Promise<boolean> {
  return existsSync(join(folder, LAYOUT_FILE)) || await isRemains(folderFiles(folder));
}

async function removeIfEmpty(folder: string): Promise<void> {
  if (!existsSync(folder) || (await namesIn(folder)).length > 0) return;
  await rmdir(folder).catch(() => {});
}
