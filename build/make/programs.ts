import { join } from "node:path";
import pLimit from "p-limit";
import type { Target } from "../compile/target.ts";
import { type CompileJob, compileProgram, type Toolchain } from "../compile/toolchain.ts";
import { writeWhole } from "../host/files.ts";
import { commandLine } from "../host/process.ts";
import { everySettled } from "../host/settle.ts";
import { sha256 } from "../oci/digest.ts";
import { digestFile, digestFolder, type Digests } from "./digests.ts";
import { freshOrMade, lastMade, type Making, type Outcome } from "./stamp.ts";
import type { Program, Workshop } from "./workshop.ts";

/** The programs that there are: what the image runs, and the tool that makes orphans for tests. */
export type ProgramName = "pause" | "orphan";

/** Where a program is, below the working directory. */
export function programPath(name: ProgramName, target: Target): string {
  return `bin/${name}-${target.arch}`;
}

/**
 * Compiles a program for every target, side by side.
 *
 * @returns one for each target, in their order
 * @throws PauseError `toolchain`, `compile` or `storage`; what was compiled by then stays
 */
export async function makePrograms(workshop: Workshop, name: ProgramName): Promise<Program[]> {
  const { settings: { targets }, jobs, signal, emit } = workshop;
  const toolchain = await workshop.toolchain();
  const sources = await digestFolder(sourceFolder(workshop));
  const limit = pLimit(jobs);
  const work = targets.map((target) =>
    limit(async () => {
      signal.throwIfAborted();
      return await freshOrMade(await making(workshop, toolchain, name, target, sources));
    })
  );
  await everySettled<unknown>([everySettled(work), announce(work, emit)]);
  return (await everySettled(work)).map(({ result }) => result);
}

/** Tells of each in the order of the targets, as soon as those before it are told. */
async function announce(
  work: readonly Promise<Outcome<Program>>[],
  emit: Workshop["emit"],
): Promise<void> {
  for (const outcome of work) {
    const { result, made } = await outcome;
    emit({ type: "program", outcome: made ? "compiled" : "fresh", ...result });
  }
}

/** The commands that {@link makePrograms} would run, each compiling straight into `bin/`. */
export async function planPrograms(workshop: Workshop, name: ProgramName): Promise<string[]> {
  const toolchain = await workshop.toolchain();
  const sources = await digestFolder(sourceFolder(workshop));
  const commands = workshop.settings.targets.map(async (target) => {
    const output = programPath(name, target);
    const stale =
      await lastMade(await making(workshop, toolchain, name, target, sources)) === undefined;
    return stale ? [commandLine(toolchain.command(job(workshop, name, target, output)))] : [];
  });
  return (await everySettled(commands)).flat();
}

function sourceFolder({ source }: Workshop): string {
  return join(source.root, "src", "linux");
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

async function making(
  workshop: Workshop,
  toolchain: Toolchain,
  name: ProgramName,
  target: Target,
  sources: Digests,
): Promise<Making<Program>> {
  const { directory, source, signal } = workshop;
  const path = programPath(name, target);
  const compile = job(workshop, name, target, path);
  return {
    name: `${name}-${target.arch}`,
    directory,
    ingredients: {
      toolchain: toolchain.identify(target),
      command: toolchain.command({ ...compile, root: "" }),
      sources,
      arch: await digestFolder(join(source.root, "arch", target.arch), isC),
    },
    intact: async ({ digest }) => {
      return await digestFile(join(directory, path)) === digest;
    },
    make: async () => {
      const bytes = await compileProgram(toolchain, compile, signal);
      await writeWhole(join(directory, path), bytes, 0o755);
      return { arch: target.arch, path, size: bytes.length, digest: sha256(bytes) };
    },
  };
}

/** The flags of target.ts are in the command; its comments make no new program. */
function isC(name: string): boolean {
  return !name.endsWith(".ts");
}
