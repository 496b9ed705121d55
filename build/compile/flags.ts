import { join } from "node:path";
import type { CompileJob } from "./job.ts";

/** The linker script that both programs share, below the root. */
const LINKER_SCRIPT = "src/linux/pause.ld";

/** Nothing but the program itself: no table for unwinding, no word on the compiler. For every system. */
export const COMPILER_FLAGS: readonly string[] = [
  "-std=c11",
  "-Wall",
  "-Wextra",
  "-ffreestanding",
  "-fno-builtin",
  "-fno-stack-protector",
  "-fno-asynchronous-unwind-tables",
  "-fno-unwind-tables",
  "-fomit-frame-pointer",
  "-fno-ident",
];

/** For Linux: no library, and addresses that are fixed. */
const LINUX_FLAGS = ["-fno-pic", "-nostdlib", "-static"] as const;

/**
 * The words that follow a compiler's name for a program for Linux, and that all compilers understand.
 *
 * @param own the words for this compiler and this architecture; they have the last word over ours
 */
export function compilerArguments(job: CompileJob, own: readonly string[]): string[] {
  const { target, root, version, cflags, output, source } = job;
  return [
    ...COMPILER_FLAGS,
    ...LINUX_FLAGS,
    ...own,
    `-Wl,--build-id=none,-s,-z,max-page-size=${target.elf.maxPageSize}`,
    "-T",
    join(root, LINKER_SCRIPT),
    `-I${join(root, "arch", target.arch)}`,
    `-DVERSION=${version}`,
    ...cflags,
    "-o",
    output,
    join(root, source),
  ];
}
