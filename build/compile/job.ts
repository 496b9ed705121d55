import type { System, Target } from "./target.ts";

/** One program to compile for one architecture. */
export interface CompileJob {
  readonly target: Target;
  readonly system: System;
  /** The folder that holds `src/` and `arch/`. */
  readonly root: string;
  /** The C file, below `root`. */
  readonly source: string;
  /**
   * The libraries of Windows that it imports from: `["kernel32"]`. The definition beside the source,
   * `pause.kernel32.def`, names the functions.
   */
  readonly libraries?: readonly string[];
  /** What `-v` prints: `v3.10.2`. */
  readonly version: string;
  /** The user's compiler flags; they come after ours. */
  readonly cflags: readonly string[];
  /** The file to write. */
  readonly output: string;
}
