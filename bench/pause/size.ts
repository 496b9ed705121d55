import { stat } from "node:fs/promises";
import { run } from "../../build/host/process.ts";

/** What lies on disk, bytes. */
export interface Size {
  readonly program: number;
  /** The shared libraries and the interpreter without which it does not start. */
  readonly libraries: number;
}

/** @param program its path */
export async function sizeOf(program: string): Promise<Size> {
  // ldd fails for a static program, and has nothing to list.
  const { stdout } = await run(["ldd", program]);
  const paths = [program, ...readLibraries(stdout)];
  const [own = NaN, ...others] = await Promise.all(
    paths.map(async (path) => (await stat(path)).size),
  );
  return { program: own, libraries: others.reduce((sum, size) => sum + size, 0) };
}

/** The files of ldd's list: `libc.so.6 => /lib/libc.so.6 (0x…)`, `/lib64/ld-linux.so.2 (0x…)`. */
export function readLibraries(list: string): string[] {
  return [...list.matchAll(/(\/\S+) \(0x[0-9a-f]+\)/g)].flatMap(([, path]) => path ?? []);
}
