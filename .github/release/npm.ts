/** Makes the npm package, ready for `npm publish`: `deno task npm [FOLDER]`. */
import { join } from "node:path";
import process from "node:process";
import { writeFiles } from "./files.ts";
import { CLI, npmPackage } from "./npm-package.ts";

const root = process.cwd();
const folder = process.argv[2] ?? join(root, "dist", "npm");
writeFiles(folder, await npmPackage(root), [CLI]);
