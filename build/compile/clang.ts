import { PauseError } from "../error.ts";
import type { Command } from "../host/process.ts";
import { everySettled } from "../host/settle.ts";
import { findProgram } from "./find-program.ts";
import { compilerArguments } from "./flags.ts";
import { installHint } from "./install.ts";
import type { CompileJob } from "./job.ts";
import { probe, type Probed } from "./probe.ts";
import type { System, Target } from "./target.ts";
import { type FindOptions, identityOf, type Tool, type Toolchain } from "./toolchain.ts";
import { windowsCommands } from "./windows.ts";

/** LLVM's first release whose lld links all architectures: 16 refuses s390x. */
export const OLDEST_LLVM = 19;

/** The highest version that is looked for under a name with a version in it. */
const NEWEST_NAME = OLDEST_LLVM + 20;

interface Wanted {
  /** Its name; some systems add the version. */
  readonly name: string;
  /** Finds the version in the answer to --version. Apple counts its clang otherwise and leaves targets out. */
  readonly version: RegExp;
}

const CLANG: Wanted = { name: "clang", version: /^(?!Apple).*\bclang version (\d+\.\d+\.\d+)/m };
const LLD = /^.*\bLLD (\d+\.\d+\.\d+)/m;

/** How clang makes a program for each system: lld has as many names as forms. */
interface Way {
  readonly linker: Wanted;
  readonly commands: (clang: string, linker: string, job: CompileJob) => Commands;
}
type Commands = readonly [Command, ...Command[]];

const WAYS: Readonly<Record<System, Way>> = {
  linux: { linker: { name: "ld.lld", version: LLD }, commands: linuxCommands },
  windows: { linker: { name: "lld-link", version: LLD }, commands: windowsCommands },
};

/**
 * Finds clang and lld. Of several, the lowest version that is new enough is taken: machines with
 * different additions then still make the same bytes. A name with a version in it is believed, and
 * the tool asked while it compiles; a name without one comes last, and is asked first.
 *
 * @throws PauseError `toolchain` when one is missing or too old; `interrupted`
 */
export async function findClang(
  _targets: readonly Target[],
  options: FindOptions = {},
): Promise<Toolchain> {
  const { systems = ["linux"] } = options;
  const tools = [CLANG, ...systems.map((system) => WAYS[system].linker)];
  const found = await Promise.all(tools.map((tool) => findTool(tool, options)));
  const faults = found.flatMap((tool) => "fault" in tool ? [tool.fault] : []);
  const [clang, ...linkers] = found.flatMap((tool) => "fault" in tool ? [] : [tool]);
  if (clang === undefined || faults.length > 0) throw missing(faults);
  return clangToolchain(clang, new Map(systems.map((system, at) => [system, linkers[at]])));
}

/** A tool that was found. */
interface Found {
  readonly name: string;
  readonly path: string;
  /** The line in which it tells its version. */
  readonly line: string | Promise<string>;
}

/** The toolchain of a clang, and of the form of lld for each system, that were found. */
function clangToolchain(
  clang: Found,
  linkers: ReadonlyMap<System, Found | undefined>,
): Toolchain {
  const linkerOf = (system: System): Found => {
    const linker = linkers.get(system);
    if (linker) return linker;
    throw new PauseError(
      "internal",
      `Cannot compile for ${system}: its linker was not looked for.`,
    );
  };
  const tools = (system: System): Promise<Tool[]> =>
    everySettled([clang, linkerOf(system)].map(asTool));
  return {
    name: "clang",
    identify: async (_target, system) => identityOf(await tools(system)),
    tools: (_target, system) => tools(system),
    commands: (job) => WAYS[job.system].commands(clang.path, linkerOf(job.system).path, job),
  };
}

async function asTool({ name, line }: Found): Promise<Tool> {
  const told = await line;
  return { name, version: /\d+\.\d+\.\d+/.exec(told)?.[0] ?? told, told };
}

function linuxCommands(clang: string, linker: string, job: CompileJob): Commands {
  const { triple, flags } = job.target.llvm;
  return [[
    clang,
    // A system's own configuration would make other bytes.
    "--no-default-config",
    `--target=${triple}`,
    ...compilerArguments(job, ["-Oz", `--ld-path=${linker}`, ...flags]),
  ]];
}

async function findTool(tool: Wanted, options: FindOptions): Promise<Found | Fault> {
  const { name } = tool;
  const versions = Array.from({ length: NEWEST_NAME - OLDEST_LLVM + 1 }, (_, n) => OLDEST_LLVM + n);
  for (const version of versions) {
    const path = findProgram(`${name}-${version}`);
    if (path !== undefined) return { name, path, line: told(tool, path, options) };
  }
  const path = findProgram(name);
  if (path === undefined) return { fault: `there is no ${name}` };
  const found = await ask(tool, path, options);
  if ("fault" in found) return found;
  return found.version[0] >= OLDEST_LLVM
    ? { name, ...found }
    : { fault: `${path} is ${found.version.join(".")}` };
}

interface Fault {
  readonly fault: string;
}

async function ask(
  { name, version }: Wanted,
  path: string,
  options: FindOptions,
): Promise<Probed | Fault> {
  const found = await probe(path, ["--version"], version, options);
  return found ?? { fault: `${path} is not LLVM's ${name}` };
}

/** Begins to ask, for whoever needs to know; until then nobody hears of a failure. */
function told(tool: Wanted, path: string, options: FindOptions): Promise<string> {
  const line = ask(tool, path, options).then((found) => {
    if ("fault" in found) throw missing([found.fault]);
    return found.line;
  });
  line.catch(() => {});
  return line;
}

function missing(faults: readonly string[]): PauseError {
  const hint = installHint(
    ({ clang }) => clang,
    `Install clang and lld ${OLDEST_LLVM} or newer.`,
  );
  return new PauseError(
    "toolchain",
    `Cannot compile with clang: clang and lld ${OLDEST_LLVM} or newer are needed, but ${
      faults.join(" and ")
    }. ${hint}`,
  );
}
