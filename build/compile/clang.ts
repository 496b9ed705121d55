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
 * different additions then still make the same bytes. A name without a version comes last.
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

/** The toolchain of a clang and an lld that were found. */
export function clangToolchain(
  clang: Pick<Probed, "path" | "line">,
  lld: Pick<Probed, "path" | "line">,
): Toolchain {
  return {
    name: "clang",
    identify: () => `${clang.line}, ${lld.line}`,
    command: (job) => [
      clang.path,
      // A system's own configuration would make other bytes.
      "--no-default-config",
      `--target=${job.target.llvm.triple}`,
      ...compilerArguments(job, ["-Oz", `--ld-path=${lld.path}`, ...job.target.llvm.flags]),
    ],
  };
}

/** The names that the tool may have, in the order in which they are tried. */
function candidates(name: string): string[] {
  const versions = Array.from({ length: NEWEST_NAME - OLDEST_LLVM + 1 }, (_, n) => OLDEST_LLVM + n);
  return [...versions.map((version) => `${name}-${version}`), name];
}

async function findTool(
  { name, version }: Tool,
  options: FindOptions,
): Promise<Probed | { readonly fault: string }> {
  let fault = `there is no ${name}`;
  for (const candidate of candidates(name)) {
    const path = findProgram(candidate);
    if (path === undefined) continue;
    const found = await probe(path, ["--version"], version, options);
    if (found && found.version[0] >= OLDEST_LLVM) return found;
    fault = found ? `${path} is ${found.version.join(".")}` : `${path} is not LLVM's ${name}`;
  }
  return { fault };
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
