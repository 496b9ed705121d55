import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { build, stop } from "esbuild";
import { nodeBundle } from "../../.github/release/node-bundle.ts";
import { withFolder } from "./folder.ts";

/**
 * Gives `use` a module of ours with all that it imports, as only a bundler takes that: GitHub's
 * parser imports JSON without saying so.
 *
 * @param path from the root of the repository
 */
export async function withBundled<Module>(
  path: string,
  use: (module: Module) => Promise<void> | void,
): Promise<void> {
  await withFolder(async (folder) => {
    const outfile = join(folder, "module.mjs");
    await build({ ...nodeBundle(process.cwd()), entryPoints: [path], outfile });
    // Its own process would keep ours from ending.
    await stop();
    await use(await import(pathToFileURL(outfile).href) as Module);
  });
}
