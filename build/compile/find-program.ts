import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import process from "node:process";

/** Homebrew keeps LLVM out of PATH, because macOS has a clang of its own. The launcher looks there too. */
export const BESIDE_PATH: readonly string[] = [
  "/opt/homebrew/opt/llvm/bin",
  "/usr/local/opt/llvm/bin",
];

/**
 * The path of the program that a shell would run by this name; undefined when there is none.
 * It looks at names one by one: reading whole folders takes ten times as long.
 */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...BESIDE_PATH].filter(isAbsolute);
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
