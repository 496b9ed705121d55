import { PauseError } from "../error.ts";
import { everySettled } from "../host/settle.ts";
import { findProgram } from "./find-program.ts";
import { compilerArguments } from "./flags.ts";
import { installHint } from "./install.ts";
import type { CompileJob } from "./job.ts";
import { probe, type Probed } from "./probe.ts";
import type { Target } from "./target.ts";
import { type FindOptions, identityOf, type Tool, type Toolchain } from "./toolchain.ts";

/** One process tells both versions: gcc's with -v, and that of the linker it would start. */
const QUESTION = ["-v", "-nostdlib", "-Wl,--version"];
const VERSION = /^gcc version (\d+(?:\.\d+)*)/m;
const LINKER = /^GNU ld .*$/m;
const MACHINE = /^Target: ([^-\s]+)/m;

/** The same compiler under another system's name for the target: Debian's hard-float one, Fedora's. */
const OTHER_PREFIXES: Readonly<Record<string, readonly string[]>> = {
  "arm-linux-gnueabi-": ["arm-linux-gnueabihf-", "arm-linux-gnu-"],
};

/** Names of CPUs that a native gcc may use where the cross compiler's prefix has another. */
const OTHER_MACHINES: Readonly<Record<string, string>> = {
  ppc64le: "powerpc64le",
  i386: "i686",
  i486: "i686",
  i586: "i686",
};

/**
 * Finds GNU's compiler for each target: the cross compiler, else the system's own `gcc` when it
 * compiles for that architecture.
 *
 * @throws PauseError `toolchain` that names every target without a compiler; `interrupted`
 */
export async function findGcc(
  targets: readonly Target[],
  options: FindOptions = {},
): Promise<Toolchain> {
  const ask = (path: string): Promise<Probed | undefined> =>
    probe(path, QUESTION, VERSION, options);
  const paths = targets.map((target) => findFirst(compilerNames(target)));
  const native = paths.includes(undefined) ? findProgram("gcc") : undefined;
  const own = native === undefined ? undefined : ask(native);
  const found = await everySettled(targets.map(async (target, index) => {
    const path = paths[index];
    const compiler = path === undefined ? await own : await ask(path);
    return compiler && compilesFor(compiler, target) ? [{ target, compiler }] : [];
  }));
  const lacking = targets.filter((_, index) => found[index]?.length === 0);
  if (lacking.length > 0) throw missing(lacking);
  return gccToolchain(found.flat());
}

/** The toolchain of the compilers that were found. */
export function gccToolchain(
  found: readonly { readonly target: Target; readonly compiler: Probed }[],
): Toolchain {
  const compilers = new Map(found.map(({ target, compiler }) => [target.arch, compiler]));
  const compilerOf = ({ arch }: Target): Probed => {
    const compiler = compilers.get(arch);
    if (compiler) return compiler;
    throw new PauseError(
      "internal",
      `Cannot compile for ${arch}: its compiler was not looked for.`,
    );
  };
  return {
    name: "gcc",
    identify: (target) => Promise.resolve(identityOf(toolsIn(compilerOf(target)))),
    tools: (target) => Promise.resolve(toolsIn(compilerOf(target))),
    commands: (job) => [[compilerOf(job.target).path, ...gccArguments(job)]],
  };
}

function toolsIn({ line, version, output }: Probed): Tool[] {
  const linker = LINKER.exec(output)?.[0] ?? "unknown linker";
  return [
    { name: "gcc", version: version.join("."), told: line },
    { name: "ld", version: /\d+(\.\d+)+$/.exec(linker)?.[0] ?? linker, told: linker },
  ];
}

/** The names under which systems have GNU's cross compiler for a target. */
export function compilerNames({ gnu }: Target): string[] {
  return [gnu.prefix, ...OTHER_PREFIXES[gnu.prefix] ?? []].map((prefix) => `${prefix}gcc`);
}

/** The words that follow the name of one of GNU's compilers. */
export function gccArguments(job: CompileJob): string[] {
  return compilerArguments(job, ["-Os", "-no-pie", ...job.target.gnu.flags]);
}

function findFirst(names: readonly string[]): string | undefined {
  return names.map(findProgram).find((path) => path !== undefined);
}

/** The first part of a GNU triple says the CPU: `x86_64` of `x86_64-redhat-linux`. */
function compilesFor({ output }: Probed, { gnu }: Target): boolean {
  const machine = MACHINE.exec(output)?.[1] ?? "";
  return gnu.prefix.startsWith(`${OTHER_MACHINES[machine] ?? machine}-`);
}

function missing(lacking: readonly Target[]): PauseError {
  const hint = installHint(
    (packages) => lacking.flatMap((target) => packages.gcc(target)),
    "Install GNU's cross compilers, or use TOOLCHAIN=clang, which has all architectures.",
  );
  const list = lacking.map((target) => `${target.arch} (${compilerNames(target)[0]})`);
  return new PauseError(
    "toolchain",
    `Cannot compile with gcc: there is no compiler for ${list.join(", ")}. ${hint}`,
  );
}
