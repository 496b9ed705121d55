import { join } from "node:path";
import process from "node:process";
import { type Command, type Ended, run, type RunOptions } from "../../build/host/process.ts";

/** The words that start the program of the clone at `root` on the Deno that runs the tests. */
export function onDeno(root: string): Command {
  return [process.execPath, "run", "--allow-all", "--cached-only", join(root, "build/cli.ts")];
}

/** What the program did with `words`, in the folder `cwd`. */
export async function runProgram(
  cwd: string,
  words: readonly string[],
  options: Omit<RunOptions, "cwd"> & { readonly program?: Command } = {},
): Promise<Ended> {
  const { program = onDeno(cwd), ...rest } = options;
  return await run([...program, ...words], { cwd, ...rest });
}
