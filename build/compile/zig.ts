import { PauseError } from "../error.ts";
import { findProgram } from "./find-program.ts";
import { compilerArguments } from "./flags.ts";
import { installHint } from "./install.ts";
import { probe, type Probed } from "./probe.ts";
import type { Target } from "./target.ts";
import type { FindOptions, Toolchain } from "./toolchain.ts";

/** Zig's first release with LLVM 19 inside, whose lld links all architectures. */
const OLDEST = "0.14";
const VERSION = /^(\d+\.\d+\.\d+)\S*$/m;

const ZIG_FLAGS = [
  // Zig makes -Os of it on its way to the compiler; said to the compiler itself, it stays.
  "-Oz",
  "-Xclang",
  "-Oz",
  // Zig turns it on; on ppc64le the linker then misses the table of contents.
  "-fno-lto",
  // Zig passes MIPS' other name for it, __start, in spite of the linker script.
  "-Wl,-e,_start",
  // What it says of flags that it added itself is no news about the program.
  "-Wno-unused-command-line-argument",
  "-Wno-option-ignored",
] as const;

/**
 * Finds Zig, whose `zig cc` is a clang and an lld in one program.
 *
 * @throws PauseError `toolchain` when it is missing or too old; `interrupted`
 */
export async function findZig(
  _targets: readonly Target[],
  options: FindOptions = {},
): Promise<Toolchain> {
  const path = findProgram("zig");
  const zig = path === undefined ? undefined : await probe(path, ["version"], VERSION, options);
  if (zig && isNewEnough(zig)) return zigToolchain(zig);
  const hint = installHint(
    (packages) => packages.zig,
    "Get it from https://ziglang.org/download/ and put it on PATH.",
  );
  throw new PauseError(
    "toolchain",
    `Cannot compile with zig: zig ${OLDEST} or newer is needed, but ${fault(path, zig)}. ${hint}`,
  );
}

/** The toolchain of a Zig that was found. */
export function zigToolchain(zig: Pick<Probed, "path" | "line">): Toolchain {
  return {
    name: "zig",
    identify: () => Promise.resolve(`zig ${zig.line}`),
    tools: () => Promise.resolve([{ name: "zig", version: zig.line, told: `zig ${zig.line}` }]),
    commands: (job) => [[
      zig.path,
      "cc",
      "-target",
      job.target.zig.triple,
      ...compilerArguments(job, [...ZIG_FLAGS, ...job.target.zig.flags]),
    ]],
  };
}

function isNewEnough({ version: [major, minor] }: Probed): boolean {
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST.split(".").map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

function fault(path: string | undefined, zig: Probed | undefined): string {
  if (path === undefined) return "there is no zig";
  return zig ? `${path} is ${zig.line}` : `${path} does not tell its version`;
}
