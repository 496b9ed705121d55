/**
 * Makes the whole program in one file, for Node 20 and for Deno: `deno task bundle [FILE]`.
 * The launcher runs this on Node too, where there is no Deno.
 */
import { join } from "node:path";
import process from "node:process";
import { bundleProgram } from "./node-bundle.ts";

const root = process.cwd();
await bundleProgram(root, process.argv[2] ?? join(root, "dist", "pause-image.mjs"));
