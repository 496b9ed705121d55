import { stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import pLimit from "p-limit";
import type { Target } from "../compile/target.ts";
import { type CompileJob, compileProgram } from "../compile/toolchain.ts";
import { writeWhole } from "../host/files.ts";
import { commandLine } from "../host/process.ts";
import { everySettled } from "../host/settle.ts";
import { sha256 } from "../oci/digest.ts";
import { digestFile, type Digests } from "./digests.ts";
import { withSources } from "./source.ts";
import { freshOrMade, lastMade, type Making } from "./stamp.ts";
import { sweepBin } from "./sweep-bin.ts";
import type { Program, Workshop } from "./workshop.ts";

/** The programs that there are: what the image runs, and the tool that makes orphans for tests. */
export type ProgramName = "pause" | "orphan";

/** Where a program is, below the working directory. */
export function programPath(name: ProgramName, target: Target): string {
  return `bin/${name}-${target.arch}`;
}

/**
 * Starts to compile a program for every target, so many at once. They are told of in their order.
 *
 * @returns one for each target. They fail with PauseError `toolchain`, `compile` or `storage`; what
 * was compiled by then stays
 */
export function makePrograms(workshop: Workshop, name: ProgramName): readonly Promise<Program>[] {
  const { settings: { targets }, jobs, signal, emit } = workshop;
  const limit = pLimit(jobs);
  let told: Promise<unknown> = Promise.resolve();
  return targets.map((target) => {
    const outcome = limit(async () => {
      signal.throwIfAborted();
      return await freshOrMade(making(workshop, name, target));
    });
    const program = Promise.all([outcome, told]).then(([{ result, made }]) => {
      emit({ type: "program", outcome: made ? "compiled" : "fresh", ...result });
      return result;
    });
    // Whoever waits for it hears of a failure; the ones after it are told of all the same.
    told = Promise.allSettled([told, program]);
    return program;
  });
}

/** Commands that do what {@link makePrograms} would do, each compiling straight into `bin/`. */
export async function planPrograms(workshop: Workshop, name: ProgramName): Promise<string[]> {
  const { command } = await workshop.toolchain();
  const commands = workshop.settings.targets.map(async (target) => {
    if (await lastMade(making(workshop, name, target)) !== undefined) return [];
    return [commandLine(command(job(workshop, name, target, programPath(name, target))))];
  });
  const lines = (await everySettled(commands)).flat();
  return lines.length === 0 ? [] : ["mkdir -p bin", ...lines];
}

function job(workshop: Workshop, name: ProgramName, target: Target, output: string): CompileJob {
  const { settings, source } = workshop;
  return {
    target,
    root: source.root,
    source: `src/linux/${name}.c`,
    version: settings.version,
    cflags: settings.cflags,
    output,
  };
}

function making(workshop: Workshop, name: ProgramName, target: Target): Making<Program> {
  const { directory, signal } = workshop;
  const path = programPath(name, target);
  const compile = job(workshop, name, target, path);
  return {
    name: `${name}-${target.arch}`,
    directory,
    ingredients: async () => {
      const toolchain = await workshop.toolchain();
      return {
        builder: workshop.builder(),
        toolchain: await toolchain.identify(target),
        command: toolchain.command({ ...compile, root: "" }),
        sources: workshop.inputs().src,
        arch: filesOf(target.arch, workshop.inputs().arch),
      };
    },
    intact: async ({ digest }) =>
      await digestFile(join(directory, path)) === digest && await isMode(join(directory, path)),
    make: async () => {
      const toolchain = await workshop.toolchain();
      const bytes = await withSources(
        workshop.source,
        workshop.inputs(),
        (root) => compileProgram(toolchain, { ...compile, root }, signal),
      );
      await workshop.recipes();
      await sweepBin(directory);
      await writeWhole(join(directory, path), bytes, MODE);
      return { arch: target.arch, path, size: bytes.length, digest: sha256(bytes) };
    },
  };
}

/** A program is for everybody, and so is its file in the image, which takes its mode from here. */
const MODE = 0o755;

async function isMode(path: string): Promise<boolean> {
  return process.platform === "win32" || ((await stat(path)).mode & 0o7777) === MODE;
}

/** An architecture's files. The flags of target.ts are in the command; its comments make no new program. */
function filesOf(arch: string, files: Digests): Digests {
  return Object.fromEntries(
    Object.entries(files).filter(([path]) =>
      path.startsWith(join(arch, "/")) && !path.endsWith(".ts")
    ),
  );
}
