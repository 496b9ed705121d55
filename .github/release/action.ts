/** Makes the GitHub Action's files, which are committed: `deno task action [FOLDER]`. */
import { join } from "node:path";
import process from "node:process";
import { stop } from "esbuild";
import { ACTION_FOLDER, actionBundle } from "./action-bundle.ts";
import { writeFiles } from "./files.ts";

const root = process.cwd();
writeFiles(process.argv[2] ?? join(root, ACTION_FOLDER), await actionBundle(root));
await stop();
