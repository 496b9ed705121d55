import type { CompileJob } from "../../build/compile/job.ts";
import { someTarget } from "./some-target.ts";

/** A job for tests that are about no program in particular. */
export function someJob(changes: Partial<CompileJob> = {}): CompileJob {
  return {
    target: someTarget(),
    system: "linux",
    root: "/clone",
    source: "src/linux/pause.c",
    version: "v1",
    cflags: [],
    output: "/tmp/program",
    ...changes,
  };
}
