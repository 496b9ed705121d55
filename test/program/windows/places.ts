import { test } from "uvu";
import type { Target } from "../../../build/compile/target.ts";
import { lacks, skip } from "../../support/skip.ts";
import { lacksWine, type Wine, withWine } from "../../support/wine.ts";
import { install, WINDOWS_TARGETS, windowsProgram } from "./programs.ts";

/** Our programs for Windows. */
type Name = "pause" | "wincat";

/** Adds a test of a program that wine runs; `file` is the program. */
export function underWine(
  name: Name,
  behaviour: string,
  body: (wine: Wine, file: string) => Promise<void>,
): void {
  test(`wine: ${name} ${behaviour}`, async () => {
    const lacking = lacksWine() ?? lacks("clang-19", "lld-link-19");
    if (lacking !== undefined) return skip(lacking);
    await withWine(async (wine) => await body(wine, await install(wine, name)));
  });
}

/** Adds a test of the file, for each architecture. */
export function inEachExecutable(
  name: Name,
  behaviour: string,
  body: (bytes: Uint8Array, target: Target) => void | Promise<void>,
  version?: string,
): void {
  for (const target of WINDOWS_TARGETS) {
    test(`${target.arch}: ${name} ${behaviour}`, async () => {
      const lacking = lacks("clang-19", "lld-link-19");
      if (lacking !== undefined) return skip(lacking);
      await body(await windowsProgram(target, name, version), target);
    });
  }
}
