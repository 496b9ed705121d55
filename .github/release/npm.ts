/** Makes the npm package, ready for `npm publish`: `deno task npm [FOLDER]`. */
import { join } from "node:path";
import process from "node:process";
import { sizeOf, writeFiles } from "./files.ts";
import { CLI, npmPackage } from "./npm-package.ts";

const root = process.cwd();
const folder = process.argv[2] ?? join(root, "dist", "npm");
const files = await npmPackage(root);
writeFiles(folder, files, [CLI]);
console.log(`${folder}: ${files.size} files, ${sizeOf(files)} bytes`);
