import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Programs that stand in for others, before these on PATH. */
export interface StandInPrograms {
  /** For PATH. */
  readonly path: string;
  /** The command lines that they were started with, in order. */
  readonly calls: () => Promise<string[]>;
}

/**
 * Makes programs that write down how they are started, and then do as a script of the shell says.
 * @param scripts by the name of the program
 */
export async function makePrograms(
  folder: string,
  scripts: Readonly<Record<string, string>>,
): Promise<StandInPrograms> {
  const [path, log] = [join(folder, "programs"), join(folder, "calls")];
  await mkdir(path, { recursive: true });
  await writeFile(log, "");
  for (const [name, script] of Object.entries(scripts)) {
    const file = join(path, name);
    await writeFile(file, `#!/bin/bash\necho "${name} $*" >>'${log}'\n${script}\n`);
    await chmod(file, 0o755);
  }
  const calls = async (): Promise<string[]> =>
    (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
  return { path, calls };
}
