import { join } from "node:path";
import { PauseError } from "../error.ts";
import { readIfThere } from "../host/files.ts";
import type { Command } from "../host/process.ts";
import type { Finding } from "./finding.ts";
import { COMPILER_FLAGS } from "./flags.ts";
import type { CompileJob } from "./job.ts";
import type { Import } from "./pe.ts";
import { checkPeProgram } from "./pe-program.ts";
import type { Target } from "./target.ts";

/** No C runtime, nothing of the machine or of the time, and the protections that Windows has. */
const LINKER_FLAGS = [
  "-nologo",
  "-entry:start",
  // The oldest version that Microsoft's own linker makes programs for arm64 for.
  "-subsystem:console,6.02",
  "-nodefaultlib",
  "-timestamp:0",
  "-dynamicbase",
  "-highentropyva",
  "-nxcompat",
] as const;

/**
 * The commands that make a program for Windows: an import library of each definition, the object,
 * the program. No SDK and no library of Microsoft's is needed.
 *
 * @param linker lld in its Microsoft form, which makes import libraries too
 */
export function windowsCommands(
  clang: string,
  linker: string,
  job: CompileJob,
): [Command, ...Command[]] {
  const { root, source, version, cflags, output } = job;
  const { triple, linker: machine } = windowsOf(job.target);
  const object = `${output}.obj`;
  const libraries = definitionsOf(job).map(({ library, path }) => ({
    path,
    file: `${output}.${library}.lib`,
  }));
  const imports = libraries.map(({ path, file }): Command => [
    ...[linker, "-lib", "-nologo", `-machine:${machine}`] as const,
    `-def:${join(root, path)}`,
    `-out:${file}`,
  ]);
  const compile: Command = [
    ...[clang, "--no-default-config", `--target=${triple}`, ...COMPILER_FLAGS, "-Oz"] as const,
    ...[`-DVERSION=${version}`, ...cflags, "-c", "-o", object, join(root, source)],
  ];
  const files = [object, ...libraries.map(({ file }) => file)];
  const link: Command = [linker, ...LINKER_FLAGS, `-out:${output}`, ...files];
  return [compile, ...imports, link];
}

/** Reads a program for Windows back, and holds it against its target and its definitions. */
export async function checkWindows(
  program: Uint8Array,
  job: Omit<CompileJob, "output">,
): Promise<Finding[]> {
  const { machine } = windowsOf(job.target);
  const imports = await Promise.all(
    definitionsOf(job).map(async ({ path }) => {
      const bytes = await readIfThere(join(job.root, path));
      return readDefinition(new TextDecoder().decode(bytes ?? new Uint8Array()));
    }),
  );
  return checkPeProgram(program, { machine, imports });
}

/**
 * Reads a module definition file with the statements that ours have: LIBRARY and EXPORTS.
 * @see https://learn.microsoft.com/cpp/build/reference/module-definition-dot-def-files
 */
export function readDefinition(text: string): Import {
  const [head = "", exports = ""] = text.replaceAll(/;.*/g, "").split(/^EXPORTS\b/m);
  const library = /^LIBRARY\s+(\S+)/m.exec(head)?.[1] ?? "";
  return { library, functions: exports.split(/\s+/).filter((word) => word !== "") };
}

/** The definitions beside the source, one for each library: `src/windows/pause.kernel32.def`. */
function definitionsOf(
  { source, libraries = [] }: Pick<CompileJob, "source" | "libraries">,
): { readonly library: string; readonly path: string }[] {
  const stem = source.replace(/\.c$/, "");
  return libraries.map((library) => ({ library, path: `${stem}.${library}.def` }));
}

function windowsOf({ arch, windows }: Target): NonNullable<Target["windows"]> {
  if (windows !== undefined) return windows;
  throw new PauseError("internal", `Cannot compile for Windows on ${arch}: there is none.`);
}
