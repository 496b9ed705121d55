/**
 * Makes the whole program in one file, for the launcher where there is no Deno: on Node, which runs
 * this as well.
 */
import process from "node:process";
import { bundleProgram } from "./node-bundle.ts";

const [, , file = "node_modules/.cache/pause-image.mjs"] = process.argv;
await bundleProgram(process.cwd(), file);
