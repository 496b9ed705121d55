import type { ImageConfig } from "../../oci/manifest.ts";
import { commandOf } from "../entry.ts";
import { type FileTree, findFile, type Found } from "../tree.ts";

/**
 * Finds the program that a container of an image for Windows runs, in a tree of names in small
 * letters: a path from the root or from the working directory, or a name in PATH.
 */
export function windowsEntryOf(image: ImageConfig, files: FileTree): Found {
  const [program = ""] = commandOf(image);
  if (program === "") return { fault: "the configuration names none" };
  const path = withSuffix(plain(program));
  if (path.startsWith("/")) return findFile(files, path);
  const { WorkingDir = "/" } = image.config ?? {};
  const folders = path.includes("/") ? [WorkingDir] : [WorkingDir, ...pathOf(image)];
  const found = folders.slice(0, 100).map((folder) => findFile(files, `${plain(folder)}/${path}`));
  return found.find((one) => "node" in one) ??
    { fault: `${program} is neither in the working directory nor in PATH` };
}

/** The folders of PATH, which may be spelled in any case. */
export function pathOf({ config: { Env = [] } = {} }: ImageConfig): string[] {
  const found = Env.find((variable) => /^path=/i.test(variable)) ?? "";
  return found.slice("PATH=".length).split(";").filter((folder) => folder !== "");
}

/** A path as the tree has it: without the drive, in small letters, with slashes as they are here. */
export function plain(path: string): string {
  return path.replaceAll("\\", "/").replace(/^[a-z]:/i, "").toLowerCase();
}

function withSuffix(path: string): string {
  return /\.[^/]*$/.test(path) ? path : `${path}.exe`;
}
