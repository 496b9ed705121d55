import { PauseError } from "../error.ts";
import { everySettled } from "../host/settle.ts";
import { compilerArguments } from "./flags.ts";
import { installHint } from "./install.ts";
import { probe, type Probed } from "./probe.ts";
import { onPath } from "./programs-on-path.ts";
import type { Target } from "./target.ts";
import type { FindOptions, Toolchain } from "./toolchain.ts";

/** LLVM's first release whose lld links all architectures: 16 refuses s390x. */
export const OLDEST_LLVM = 19;

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
  { signal }: FindOptions = {},
): Promise<Toolchain> {
  const programs = await onPath();
  const [clang, lld] = await everySettled([
    findTool(CLANG, programs, signal),
    findTool(LLD, programs, signal),
  ]);
  if (!clang || !lld || "fault" in clang || "fault" in lld) {
    const faults = [clang, lld].flatMap((tool) => (tool && "fault" in tool ? [tool.fault] : []));
    throw await missing(faults);
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

/**
 * The names that a tool may have, of those on PATH, in the order in which they are tried.
 * Versions below the oldest are left out.
 */
export function candidates(name: string, onPath: Iterable<string>, oldest: number): string[] {
  const versioned = [...onPath].flatMap((other) => {
    const version = other.startsWith(`${name}-`) ? other.slice(name.length + 1) : "";
    return /^\d+$/.test(version) && Number(version) >= oldest ? [Number(version)] : [];
  });
  return [...versioned.sort((one, two) => one - two).map((version) => `${name}-${version}`), name];
}

async function findTool(
  { name, version }: Tool,
  programs: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<Probed | { readonly fault: string }> {
  let fault = `there is no ${name}`;
  for (const candidate of candidates(name, programs.keys(), OLDEST_LLVM)) {
    const path = programs.get(candidate);
    const found = path === undefined
      ? undefined
      : await probe(path, ["--version"], version, signal);
    if (found && found.version[0] >= OLDEST_LLVM) return found;
    if (found) fault = `${found.path} is ${found.version.join(".")}`;
    else if (path !== undefined) fault = `${path} is not LLVM's ${name}`;
  }
  return { fault };
}

async function missing(faults: readonly string[]): Promise<PauseError> {
  const hint = await installHint(
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
