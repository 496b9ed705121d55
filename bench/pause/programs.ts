import { dirname, join } from "node:path";
import { arch } from "node:os";
import { fileURLToPath } from "node:url";
import { findClang } from "../../build/compile/clang.ts";
import type { Target } from "../../build/compile/target.ts";
import { findTarget } from "../../build/compile/targets.ts";
import { compileProgram } from "../../build/compile/toolchain.ts";
import { writeWhole } from "../../build/host/files.ts";
import { ours, output, type Stage } from "../stage.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(HERE));

/** What is compiled for the bench, by path. */
export interface Programs {
  readonly pause: string;
  readonly orphan: string;
  /** Pause with a SIGCHLD loop. */
  readonly loop: string;
  /** The reference with glibc, and with musl. */
  readonly glibc: string;
  readonly musl: string;
  readonly starter: string;
}

/** Go's names of the architectures that Node calls otherwise. */
const GO_NAMES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };

/** Compiles everything for this machine. @throws Error when a compiler is missing or fails */
export async function makePrograms(stage: Stage): Promise<Programs> {
  const name = GO_NAMES[arch()] ?? arch();
  const target = findTarget(name);
  if (!target) throw new Error(`There is no pause for this machine's architecture, ${name}.`);
  for (const goal of ["build", "orphan"]) await output(ours(stage, goal, `ARCH=${name}`));
  const reference = join(HERE, "reference/pause.c");
  const small = ["-Os", "-static", "-s", "-DVERSION=HEAD"];
  return {
    pause: join(stage.dir, "bin", `pause-${name}`),
    orphan: join(stage.dir, "bin", `orphan-${name}`),
    loop: await makeLoop(stage, target),
    glibc: await make(stage, "glibc", "gcc", ...small, reference),
    musl: await make(stage, "musl", "musl-gcc", ...small, reference),
    starter: await make(stage, "starter", "gcc", "-O2", "-static", join(HERE, "starter.c")),
  };
}

/** With the same compiler, words and linker script as pause itself. */
async function makeLoop({ dir }: Stage, target: Target): Promise<string> {
  const source = "bench/pause/loop.c";
  const job = { target, system: "linux", root: ROOT, source, version: "HEAD", cflags: [] } as const;
  const path = join(dir, "loop");
  await writeWhole(path, await compileProgram(await findClang([target]), job), 0o755);
  return path;
}

async function make(
  { dir }: Stage,
  name: string,
  ...command: [string, ...string[]]
): Promise<string> {
  const path = join(dir, name);
  await output({ command: [...command, "-Wall", "-Wextra", "-Werror", "-o", path] });
  return path;
}
