import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import pLimit from "p-limit";
import type { CompileJob } from "../compile/job.ts";
import { compileProgram } from "../compile/toolchain.ts";
import { writeWhole } from "../host/files.ts";
import { commandLine } from "../host/process.ts";
import { everySettled } from "../host/settle.ts";
import { sha256 } from "../oci/digest.ts";
import { digestFile, type Digests } from "./digests.ts";
import { type Piece, piecesOf, type ProgramSet } from "./pieces.ts";
import { withSources } from "./source.ts";
import { freshOrMade, lastMade, type Making } from "./stamp.ts";
import { sweepBin } from "./sweep-bin.ts";
import type { Program, Workshop } from "./workshop.ts";

/**
 * Starts to compile all programs of a set, so many at once. They are told of in their order.
 *
 * @returns one for each piece. They fail with PauseError `toolchain`, `compile` or `storage`; what
 * was compiled by then stays
 */
export function makePrograms(workshop: Workshop, set: ProgramSet): readonly Promise<Program>[] {
  const { settings, jobs, signal, emit } = workshop;
  const limit = pLimit(jobs);
  let told: Promise<unknown> = Promise.resolve();
  return piecesOf(settings, set).map((piece) => {
    const outcome = limit(async () => {
      signal.throwIfAborted();
      return await freshOrMade(making(workshop, piece));
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
export async function planPrograms(workshop: Workshop, set: ProgramSet): Promise<string[]> {
  const toolchain = await workshop.toolchain();
  const commands = piecesOf(workshop.settings, set).map(async (piece) => {
    if (await lastMade(making(workshop, piece)) !== undefined) return [];
    return toolchain.commands(job(workshop, piece)).map(commandLine);
  });
  const lines = (await everySettled(commands)).flat();
  return lines.length === 0 ? [] : ["mkdir -p bin", ...lines];
}

function job(workshop: Workshop, { source, system, target, path }: Piece): CompileJob {
  const { settings } = workshop;
  return {
    target,
    system,
    root: workshop.source.root,
    source: `src/${system}/${source.name}.c`,
    ...(source.libraries && { libraries: source.libraries }),
    version: settings.version,
    cflags: settings.cflags,
    output: path,
  };
}

function making(workshop: Workshop, piece: Piece): Making<Program> {
  const { directory, signal } = workshop;
  const { system, target: { arch }, path } = piece;
  const compile = job(workshop, piece);
  return {
    name: basename(path, ".exe"),
    directory,
    ingredients: async () => {
      const toolchain = await workshop.toolchain();
      return {
        builder: workshop.builder(),
        toolchain: await toolchain.identify(piece.target, system),
        commands: toolchain.commands({ ...compile, root: "" }),
        sources: filesOf(system, workshop.inputs().src),
        arch: filesOf(arch, workshop.inputs().arch),
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
      return { arch, os: system, path, size: bytes.length, digest: sha256(bytes) };
    },
  };
}

/** A program is for everybody, and so is its file in the image, which takes its mode from here. */
const MODE = 0o755;

async function isMode(path: string): Promise<boolean> {
  return process.platform === "win32" || ((await stat(path)).mode & 0o7777) === MODE;
}

/**
 * The files of an architecture or a system. What target.ts says is in the commands, and its comments
 * make no new program; nor does the lock file of the bases, which images stand on.
 */
export function filesOf(folder: string, files: Digests): Digests {
  return Object.fromEntries(
    Object.entries(files).filter(([path]) =>
      path.startsWith(join(folder, "/")) && !/\.(ts|json)$/.test(path)
    ),
  );
}
