import { join } from "node:path";
import process from "node:process";
import { build, stop } from "esbuild";
import { type Command, run } from "../../../../build/host/process.ts";
import { nodeBundle } from "../../../../.github/release/node-bundle.ts";
import { withFolder } from "../../../support/folder.ts";

/** Starts a program with words, and gives what it printed. `before`: a command that starts it. */
export type Start = (words: readonly string[], before?: Command) => Promise<string>;

/**
 * Gives `use` a program of the tests on Deno and on Node, one after the other.
 * @param path of its file, from the root of the repository
 */
export async function onBothRuntimes(
  path: string,
  use: (start: Start, runtime: "Deno" | "Node") => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const outfile = join(folder, "program.mjs");
    await build({ ...nodeBundle(process.cwd()), entryPoints: [path], outfile, logLevel: "silent" });
    // Its own process would keep ours from ending.
    await stop();
    const runtimes = { Deno: [process.execPath, "run", "-A", outfile], Node: ["node", outfile] };
    for (const runtime of ["Deno", "Node"] as const) {
      await use(async (words, before = ["env"]) => {
        const command: Command = [...before, ...runtimes[runtime], ...words];
        const { exitCode, stdout, stderr } = await run(command, { env });
        if (exitCode !== 0) throw new Error(`${runtime}: ${stderr}`);
        return stdout;
      }, runtime);
    }
  });
}
