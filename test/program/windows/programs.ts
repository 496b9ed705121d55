import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { findToolchain } from "../../../build/compile/find-toolchain.ts";
import type { Target } from "../../../build/compile/target.ts";
import { findTarget, TARGETS } from "../../../build/compile/targets.ts";
import { compileProgram } from "../../../build/compile/toolchain.ts";
import type { Wine } from "../../support/wine.ts";
import { VERSION } from "../programs.ts";

/** What Windows runs on. */
export const WINDOWS_TARGETS: readonly Target[] = TARGETS.filter(({ windows }) =>
  windows !== undefined
);

/** Where each program's source is, and what it imports from: ours, and the helpers of this folder. */
const SOURCES = {
  pause: ["src/windows", "kernel32"],
  wincat: ["src/windows", "kernel32", "ws2_32"],
  press: ["test/program/windows", "kernel32"],
  plug: ["test/program/windows", "kernel32"],
  words: ["test/program/windows", "kernel32"],
} as const;

export type WindowsProgram = keyof typeof SOURCES;

/** The bytes of a program for Windows. */
export async function windowsProgram(
  target: Target,
  name: WindowsProgram,
  version: string = VERSION,
): Promise<Uint8Array> {
  const [folder, ...libraries] = SOURCES[name];
  return await compileProgram(await findToolchain("clang", [target], { systems: ["windows"] }), {
    target,
    system: "windows",
    root: process.cwd(),
    source: `${folder}/${name}.c`,
    libraries,
    version,
    cflags: ["-Werror"],
  });
}

/** Puts a program for this machine where wine can run it. Returns its path. */
export async function install({ folder }: Wine, name: WindowsProgram): Promise<string> {
  const target = findTarget("amd64");
  if (target === undefined) throw new Error("There is no amd64.");
  const path = join(folder, `${name}.exe`);
  await writeFile(path, await windowsProgram(target, name));
  return path;
}
