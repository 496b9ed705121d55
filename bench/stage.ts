import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { EXIT_CODES } from "../build/error.ts";
import { commandLine, run } from "../build/host/process.ts";
import type { Contender } from "./race.ts";

/** The clone. */
export const ROOT: string = dirname(dirname(fileURLToPath(import.meta.url)));
/** Its launcher. */
export const MAKE: string = join(ROOT, "make");

/** Where a bench works, and how often. */
export interface Stage {
  /** A folder of the bench's own, empty at first. */
  readonly dir: string;
  /** Counted laps of each race, ≥ 1. */
  readonly laps: number;
}

/**
 * Gives `use` a stage, and removes it afterwards, also when a signal ends us.
 * @param parent the folder that it is made in
 */
export async function withStage<T>(
  laps: number,
  use: (stage: Stage) => Promise<T>,
  parent: string = tmpdir(),
): Promise<T> {
  const { TMPDIR } = process.env;
  const dir = await mkdtemp(join(parent, "pause-bench-"));
  const sweep = (): void => rmSync(dir, { recursive: true, force: true });
  process.on("exit", sweep);
  for (const signal of ENDS) process.on(signal, stop);
  // What registries and compilers keep for a while goes with the stage.
  process.env.TMPDIR = dir;
  try {
    return await use({ dir, laps });
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    for (const signal of ENDS) process.off(signal, stop);
    process.off("exit", sweep);
    await rm(dir, { recursive: true, force: true });
  }
}

function stop(): never {
  process.exit(EXIT_CODES.interrupted);
}

const ENDS = ["SIGINT", "SIGTERM"] as const;

/** Our command line as a user types it, with `bin/` and `out/` on the stage. */
export function ours({ dir }: Stage, ...words: string[]): Contender {
  return { command: [MAKE, "-C", dir, ...words], cwd: dir };
}

/** Takes away what was built. */
export async function clear({ dir }: Stage): Promise<void> {
  for (const part of ["bin", "out"]) await rm(join(dir, part), { recursive: true, force: true });
}

/** What a command says on stdout. @throws Error when it fails */
export async function output({ command, cwd, env }: Contender): Promise<string> {
  const { exitCode, stdout, stderr } = await run(command, {
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
  });
  if (exitCode === 0) return stdout;
  throw new Error(`"${commandLine(command)}" exited with ${exitCode}:\n${stderr.trimEnd()}`);
}

/** What a builder may do side by side. */
export const PARALLEL: number = availableParallelism();
