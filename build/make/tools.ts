import { realpath, stat } from "node:fs/promises";
import { type Ended, run } from "../host/process.ts";
import { digestText } from "./digests.ts";
import { freshOrMade } from "./stamp.ts";

/**
 * Runs tools that are asked for their version, and remembers what they said for as long as the
 * program is the same file. Hashing a compiler of a hundred megabytes at each run would take longer
 * than compiling, so here its size and its time stand for its content.
 *
 * @param directory where the stamps are kept
 */
export function rememberingRun(directory: string): typeof run {
  return async (command, options) => {
    const { result } = await freshOrMade<Ended>({
      name: `tool-${digestText(command.join("\0")).slice(-16)}`,
      directory,
      ingredients: async () => [command, ...await identity(command[0])],
      intact: ({ exitCode }) => Promise.resolve(exitCode === 0),
      make: () => run(command, options),
    });
    return result;
  };
}

async function identity(path: string): Promise<readonly (string | number)[]> {
  try {
    const file = await realpath(path);
    const { size, mtimeMs, ctimeMs } = await stat(file);
    return [file, size, mtimeMs, ctimeMs];
  } catch {
    // The tool's own failure, when it is run, says more than that it cannot be looked at.
    return [];
  }
}
