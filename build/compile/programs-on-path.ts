import { accessSync, constants } from "node:fs";
import { readdir } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import process from "node:process";

/** Homebrew keeps LLVM out of PATH, because macOS has a clang of its own. The launcher looks there too. */
export const BESIDE_PATH: readonly string[] = [
  "/opt/homebrew/opt/llvm/bin",
  "/usr/local/opt/llvm/bin",
];

/**
 * The programs that PATH reaches, by name, each with the path of the first one of that name.
 * One look at the folders answers every later question: no process is started to find a tool.
 */
export async function onPath(path: string = process.env.PATH ?? ""): Promise<Map<string, string>> {
  const folders = [...path.split(delimiter), ...BESIDE_PATH].filter(isAbsolute);
  const listings = await Promise.all(folders.map(list));
  // From the last to the first, so that the first has the last word.
  return new Map(listings.reverse().flat());
}

async function list(folder: string): Promise<[string, string][]> {
  try {
    return (await readdir(folder)).map((name) => [name, join(folder, name)]);
  } catch {
    // A folder of PATH that is not there, or not ours to read, holds no program for us.
    return [];
  }
}

/** Whether a file may be run. A dangling link may not. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
