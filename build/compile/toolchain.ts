import { join } from "node:path";
import { PauseError } from "../error.ts";
import { readIfThere } from "../host/files.ts";
import { type Command, commandLine, type Ended, run } from "../host/process.ts";
import { withTemporaryFolder } from "../host/temporary-folder.ts";
import { stripSections } from "./elf.ts";
import type { Finding } from "./finding.ts";
import type { CompileJob } from "./job.ts";
import type { ProbeOptions } from "./probe.ts";
import { checkProgram } from "./program.ts";
import type { System, Target } from "./target.ts";
import { checkWindows } from "./windows.ts";

/** One tool of a toolchain. */
export interface Tool {
  /** `clang`, `ld.lld`; of docker the image that it compiles in. */
  readonly name: string;
  /** `19.1.7` */
  readonly version: string;
  /** All that it says of its version: `Debian clang version 19.1.7 (3+b1)`. */
  readonly told: string;
}

/** A compiler and a linker that were found and are new enough for the targets asked for. */
export interface Toolchain {
  readonly name: string;
  /** The tools that a target is compiled with, and their versions: other tools may make other bytes. No paths. */
  readonly identify: (target: Target, system: System) => Promise<string>;
  /** The same tools one by one, for who lists what a program was made with. */
  readonly tools: (target: Target, system: System) => Promise<readonly Tool[]>;
  /** The commands that compile and link, one after the other. What else they write is beside the output. */
  readonly commands: (job: CompileJob) => readonly [Command, ...Command[]];
}

/** What tells tools from others, in one line. */
export function identityOf(tools: readonly Tool[]): string {
  return tools.map(({ told }) => told).join(", ");
}

/** What a search for a toolchain is told beyond the targets. */
export interface FindOptions extends ProbeOptions {
  /** The container image to compile in, for `docker`. */
  readonly image?: string;
  /** What is compiled for. @default ["linux"] */
  readonly systems?: readonly System[];
}

/** How much of what a compiler says goes into a message, in characters. */
const MOST_OUTPUT = 4000;

/**
 * Compiles and links a program, takes off what nobody reads, and reads back what came out.
 *
 * @returns the bytes of the program; writing them to their place is the caller's
 * @throws PauseError `compile` when the compiler fails or what it made is not as it should be,
 *   `storage`, `interrupted`
 */
export async function compileProgram(
  toolchain: Toolchain,
  job: Omit<CompileJob, "output">,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  return await withTemporaryFolder("pause-image", async (folder) => {
    const output = join(folder, "program");
    const commands = toolchain.commands({ ...job, output });
    for (const command of commands) {
      // What a compiler that is stopped leaves in its TMPDIR goes with the folder.
      const ended = await run(command, { env: { TMPDIR: folder }, ...(signal && { signal }) });
      if (ended.exitCode !== 0) throw compilerFailed(job, command, ended);
    }
    // -fsyntax-only among the user's flags leaves no file at all; the check then says so.
    return await checked(await readIfThere(output) ?? new Uint8Array(), job, commands);
  });
}

/** What is done with what a linker made for a system. */
interface Format {
  /** Takes off what nobody reads. What cannot be read is left to the check. */
  readonly strip: (made: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
  readonly check: (
    program: Uint8Array,
    job: Omit<CompileJob, "output">,
  ) => readonly Finding[] | Promise<readonly Finding[]>;
}

const FORMATS: Readonly<Record<System, Format>> = {
  linux: {
    strip: strippedIfReadable,
    check: (program, { target }) => checkProgram(program, target),
  },
  windows: { strip: (made) => made, check: checkWindows },
};

async function checked(
  made: Uint8Array<ArrayBuffer>,
  job: Omit<CompileJob, "output">,
  commands: readonly Command[],
): Promise<Uint8Array<ArrayBuffer>> {
  const { target, source } = job;
  const { strip, check } = FORMATS[job.system];
  const program = strip(made);
  const findings = await check(program, job);
  if (findings.length === 0) return program;
  const list = findings.map(({ rule, message }) => `  ${rule}: it ${message}`);
  throw new PauseError(
    "compile",
    [
      `Cannot use ${source} for ${target.arch} as it was compiled:`,
      ...list,
      `The command was: ${commands.map(commandLine).join(" && ")}`,
      "Look at CFLAGS, or choose another TOOLCHAIN.",
    ].join("\n"),
  );
}

/** What cannot be read is left to the check, which says so among its findings. */
function strippedIfReadable(made: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  try {
    return stripSections(made);
  } catch {
    return made;
  }
}

function compilerFailed(
  { target, source }: Omit<CompileJob, "output">,
  command: Command,
  { exitCode, stdout, stderr }: Ended,
): PauseError {
  const said = `${stderr}\n${stdout}`.trim();
  const cut = said.length > MOST_OUTPUT ? `${said.slice(0, MOST_OUTPUT)}\n…` : said;
  return new PauseError(
    "compile",
    [
      `Cannot compile ${source} for ${target.arch}: ${
        command[0]
      } ended with exit code ${exitCode}.`,
      cut,
      `The command was: ${commandLine(command)}`,
    ].filter((line) => line !== "").join("\n"),
  );
}
