import process from "node:process";
import { test } from "uvu";
import type { Target } from "../../build/compile/target.ts";
import { TARGETS } from "../../build/compile/targets.ts";
import type { Command } from "../../build/host/process.ts";
import { formatPlatform, type Platform } from "../../build/oci/platform.ts";
import { emulator, isNative, lacksEmulator } from "../support/emulator.ts";
import { lacks, skip } from "../support/skip.ts";
import { type ProgramName, withProgram } from "./programs.ts";

/** The program on one platform. */
export interface Built {
  readonly target: Target;
  readonly platform: Platform;
  /** The program. */
  readonly file: string;
  /** The words that run it here. */
  readonly start: Command;
}

/** What the tests start besides the program: see `test/setup.sh`. */
const TOOLS = ["unshare", "nsenter", "setpriv", "chroot", "setarch", "gcc"];

/** Adds a test for each platform, under QEMU's user emulation where the machine is another one. */
export function onEachPlatform(
  name: ProgramName,
  behaviour: string,
  body: (built: Built) => Promise<void>,
  targets: readonly Target[] = TARGETS,
): void {
  for (const target of targets) {
    for (const platform of target.platforms) {
      test(`${formatPlatform(platform)}: ${name} ${behaviour}`, async () => {
        const lacking = lacksEmulator(target) ?? lacks(...TOOLS);
        if (lacking !== undefined) return skip(lacking);
        await withProgram(target, name, async (file) => {
          const [program, ...words] = [...emulator(target, platform), file];
          await body({ target, platform, file, start: [program ?? file, ...words] });
        });
      });
    }
  }
}

/** Adds a test of what only the kernel can show, without an emulator that catches signals and calls. */
export function natively(behaviour: string, body: (pause: string) => Promise<void>): void {
  test(`pause ${behaviour}`, async () => {
    const lacking = lacks(...TOOLS);
    if (lacking !== undefined) return skip(lacking);
    await withNative("pause", body);
  });
}

/** Gives `use` a program for this machine's own architecture. */
export async function withNative(
  name: ProgramName,
  use: (file: string) => Promise<void>,
): Promise<void> {
  const target = TARGETS.find(isNative);
  if (target === undefined) return skip(`${name} is not built for ${process.arch}`);
  await withProgram(target, name, use);
}
