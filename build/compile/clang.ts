import { PauseError } from "../error.ts";
import { findProgram } from "./find-program.ts";
import { compilerArguments } from "./flags.ts";
import { installHint } from "./install.ts";
import { probe, type Probed } from "./probe.ts";
import type { Target } from "./target.ts";
import type { FindOptions, Toolchain } from "./toolchain.ts";

/** LLVM's first release whose lld links all architectures: 16 refuses s390x. */
export const OLDEST_LLVM = 19;

/** The highest version that is looked for under a name with a version in it. */
const NEWEST_NAME = OLDEST_LLVM + 20;

interface Tool {
  /** Its name; some systems add the version. */
  readonly name: string;
  /** Finds the version in the answer to --version. Apple counts its clang otherwise and leaves targets out. */
  readonly version: RegExp;
}

const CLANG: Tool = { name: "clang", version: /^(?!Apple).*\bclang version (\d+\.\d+\.\d+)/m };
const LLD: Tool = { name: "ld.lld", version: /^.*\bLLD (\d+\.\d+\.\d+)/m };

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
  const [clang, lld] = await Promise.all([findTool(CLANG, options), findTool(LLD, options)]);
  if ("fault" in clang || "fault" in lld) {
    throw missing([clang, lld].flatMap((tool) => ("fault" in tool ? [tool.fault] : [])));
  }
  return clangToolchain(clang, lld);
}

/** A tool that was found. */
interface Found {
  readonly path: string;
  /** The line in which it tells its version. */
  readonly line: string | Promise<string>;
}

/** The toolchain of a clang and an lld that were found. */
export function clangToolchain(clang: Found, lld: Found): Toolchain {
  return {
    name: "clang",
    identify: async () => `${await clang.line}, ${await lld.line}`,
    command: (job) => [
      clang.path,
      // A system's own configuration would make other bytes.
      "--no-default-config",
      `--target=${job.target.llvm.triple}`,
      ...compilerArguments(job, ["-Oz", `--ld-path=${lld.path}`, ...job.target.llvm.flags]),
    ],
  };
}

async function findTool(tool: Tool, options: FindOptions): Promise<Found | Fault> {
  const versions = Array.from({ length: NEWEST_NAME - OLDEST_LLVM + 1 }, (_, n) => OLDEST_LLVM + n);
  for (const version of versions) {
    const path = findProgram(`${tool.name}-${version}`);
    if (path !== undefined) return { path, line: told(tool, path, options) };
  }
  const path = findProgram(tool.name);
  if (path === undefined) return { fault: `there is no ${tool.name}` };
  const found = await ask(tool, path, options);
  return "fault" in found || found.version[0] >= OLDEST_LLVM
    ? found
    : { fault: `${path} is ${found.version.join(".")}` };
}

interface Fault {
  readonly fault: string;
}

async function ask(
  { name, version }: Tool,
  path: string,
  options: FindOptions,
): Promise<Probed | Fault> {
  const found = await probe(path, ["--version"], version, options);
  return found ?? { fault: `${path} is not LLVM's ${name}` };
}

/** Begins to ask, for whoever needs to know; until then nobody hears of a failure. */
function told(tool: Tool, path: string, options: FindOptions): Promise<string> {
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
