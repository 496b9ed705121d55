import process from "node:process";
import { findProgram } from "../../compile/find-program.ts";
import { findTarget } from "../../compile/targets.ts";
import type { Command } from "../../host/process.ts";
import type { Platform } from "../../oci/platform.ts";

/** What executes a platform's programs on this machine. */
export type Executor =
  | { readonly native: true }
  | { readonly emulator: Command }
  /** Nothing does. */
  | { readonly missing: string };

/** Go's names of what Node and Deno call the machine. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "amd64",
  ia32: "386",
  arm: "arm",
  arm64: "arm64",
  ppc64: "ppc64le",
  s390x: "s390x",
  riscv64: "riscv64",
  loong64: "loong64",
  mipsel: "mipsle",
  mips64el: "mips64le",
};

/** This machine's architecture, by Go's name. */
export function nativeArchitecture(): string {
  return ARCHITECTURES[process.arch] ?? process.arch;
}

/** QEMU's processor for a variant that is older than the one it takes by itself. */
const PROCESSORS: Readonly<Record<string, string>> = { "arm/v6": "arm1176" };

/** What executes programs of `platform` here: the machine itself, or QEMU's static emulator. */
export function executorOf({ os, architecture, variant }: Platform): Executor {
  if (os !== "linux") return { missing: `programs of ${os} are not run by this version` };
  if (process.platform !== "linux") return { missing: "running it takes Linux" };
  if (nativeArchitecture() === architecture) return { native: true };
  const name = `qemu-${findTarget(architecture)?.qemu ?? architecture}-static`;
  const path = findProgram(name);
  if (path === undefined) {
    return { missing: `${name} is not installed (Debian: apt-get install qemu-user-static)` };
  }
  const processor = PROCESSORS[`${architecture}/${variant}`];
  return { emulator: [path, ...(processor === undefined ? [] : ["-cpu", processor])] };
}
