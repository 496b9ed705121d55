import { findClang } from "./clang.ts";
import { findDocker } from "./docker.ts";
import { findGcc } from "./gcc.ts";
import type { System, Target } from "./target.ts";
import type { FindOptions, Toolchain } from "./toolchain.ts";
import { findZig } from "./zig.ts";

type Find = (targets: readonly Target[], options: FindOptions) => Promise<Toolchain>;

/** The values of TOOLCHAIN. */
export type ToolchainName = "clang" | "gcc" | "zig" | "docker";

const FINDERS: Readonly<Record<ToolchainName, Find>> = {
  clang: findClang,
  gcc: findGcc,
  zig: findZig,
  docker: findDocker,
};

/** The systems that each compiles for. */
export const SYSTEMS_OF: Readonly<Record<ToolchainName, readonly System[]>> = {
  clang: ["linux", "windows"],
  gcc: ["linux"],
  zig: ["linux"],
  docker: ["linux"],
};

/**
 * Finds a toolchain that can compile for all of the targets, on the systems in {@link SYSTEMS_OF}.
 *
 * @throws PauseError `toolchain` when a tool is missing or too old, with the command that installs
 *   it; `interrupted`
 */
export async function findToolchain(
  name: ToolchainName,
  targets: readonly Target[],
  options: FindOptions = {},
): Promise<Toolchain> {
  return await FINDERS[name](targets, options);
}
