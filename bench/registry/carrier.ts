import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build, stop } from "esbuild";
import { nodeBundle } from "../../.github/release/node-bundle.ts";
import type { Contender } from "../race.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Bundles `carry.ts` into one file that runs on Deno and on Node, as the program that is shipped does. */
export async function bundleCarrier(dir: string): Promise<string> {
  const outfile = join(dir, "carry.mjs");
  await build({ ...nodeBundle(ROOT), entryPoints: ["bench/registry/carry.ts"], outfile });
  // Its own process would keep ours from ending.
  await stop();
  return outfile;
}

/** How a runtime starts a program of one file. */
export type Runtime = (file: string, ...words: string[]) => Contender;

export const onDeno: Runtime = (file, ...words) => {
  if (process.versions.deno === undefined) throw new Error("It takes Deno to measure us on Deno.");
  return { command: [process.execPath, "run", "--allow-all", file, ...words] };
};

export const onNode: Runtime = (file, ...words) => ({ command: ["node", file, ...words] });
