import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { findToolchain } from "../../build/compile/find-toolchain.ts";
import type { Target } from "../../build/compile/target.ts";
import { compileProgram } from "../../build/compile/toolchain.ts";
import { withFolder } from "../support/folder.ts";

/** What the compiled programs say their version is. */
export const VERSION = "v3.10.2";

/** The program's C file, without its ending. */
export type ProgramName = "pause" | "orphan";

const compiled = new Map<string, Promise<Uint8Array>>();

/** The bytes of a program for `target`, compiled once. */
export async function programBytes(
  target: Target,
  name: ProgramName,
  version: string = VERSION,
): Promise<Uint8Array> {
  const key = `${name}-${target.arch} ${version}`;
  const bytes = compiled.get(key) ?? compile(target, name, version);
  compiled.set(key, bytes);
  return await bytes;
}

async function compile(target: Target, name: ProgramName, version: string): Promise<Uint8Array> {
  const toolchain = await findToolchain("clang", [target]);
  return await compileProgram(toolchain, {
    target,
    system: "linux",
    root: process.cwd(),
    source: `src/linux/${name}.c`,
    version,
    cflags: ["-Werror"],
  });
}

/** Gives `use` a program for `target` as a file to run. */
export async function withProgram<Value>(
  target: Target,
  name: ProgramName,
  use: (file: string) => Promise<Value>,
): Promise<Value> {
  const bytes = await programBytes(target, name);
  return await withFolder(async (folder) => {
    const file = join(folder, name);
    await writeFile(file, bytes);
    await chmod(file, 0o755);
    return await use(file);
  });
}
