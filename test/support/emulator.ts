import process from "node:process";
import type { Target } from "../../build/compile/target.ts";
import { formatPlatform, type Platform } from "../../build/oci/platform.ts";
import { lacks } from "./skip.ts";

/** Node's names of architectures, in Go's. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  arm64: "arm64",
  loong64: "loong64",
  ppc64: "ppc64le",
  riscv64: "riscv64",
  s390x: "s390x",
  x64: "amd64",
};

/** The architecture of this machine, by its name in `arch/`. */
export const MACHINE: string | undefined = ARCHITECTURES[process.arch];

/** The least that a platform promises, where QEMU's own choice is more: the Pi Zero's processor is v6. */
const PROCESSORS: Readonly<Record<string, string>> = {
  "linux/arm/v6": "arm1176",
  "linux/arm/v7": "cortex-a7",
};

/** Whether programs of `target` run here as they are. */
export function isNative(target: Target): boolean {
  return target.arch === MACHINE;
}

/**
 * The words that stand before a program of `target` to run it here: none where it runs as it is.
 *
 * @param platform which of the target's platforms to run it as. @default the first
 */
export function emulator(
  target: Target,
  platform: Platform = target.platforms[0],
): readonly string[] {
  if (isNative(target)) return [];
  const processor = PROCESSORS[formatPlatform(platform)];
  return [programOf(target), ...(processor === undefined ? [] : ["-cpu", processor])];
}

/** The reason to skip when programs of `target` do not run here; undefined when they do. */
export function lacksEmulator(target: Target): string | undefined {
  return isNative(target) ? undefined : lacks(programOf(target));
}

function programOf({ qemu }: Target): string {
  return `qemu-${qemu}-static`;
}
