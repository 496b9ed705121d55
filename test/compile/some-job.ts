import type { CompileJob } from "../../build/compile/toolchain.ts";
import { someTarget } from "./some-target.ts";

/** A job for tests that are about no program in particular. */
export function someJob(changes: Partial<CompileJob> = {}): CompileJob {
  return {
    target: someTarget(),
    root: "/clone",
    source: "src/linux/pause.c",
    version: "v1",
    cflags: [],
    output: "/tmp/program",
    ...changes,
  };
}
