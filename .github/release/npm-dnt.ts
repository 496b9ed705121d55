/**
 * Makes the library package a second time, by dnt, and compares: `deno task npm-dnt [FOLDER]`. It
 * takes JSR and an npm registry. What is published is what `deno task npm` makes, which is what
 * the tests install; this tells whether another tool makes the same of our sources.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { addFiles, listFiles } from "./files.ts";
import { dataFiles, manifest, npmPackage } from "./npm-package.ts";
import { differences } from "./same-package.ts";

/** Not a literal in import(): who only checks the types, or installs, shall not need JSR. */
const DNT: string = "jsr:@deno/dnt@0.42.3";

/** The part of dnt that is used. @see https://jsr.io/@deno/dnt/doc */
interface Dnt {
  build(options: Readonly<Record<string, unknown>>): Promise<void>;
}

/** What dnt leaves for itself. */
const SCRAPS = [".npmignore", "node_modules", "package-lock.json", "src", "esm/package.json"];

async function makeByDnt(root: string, folder: string): Promise<void> {
  const { build } = await import(DNT) as Dnt;
  const { exports: _exports, bin: _bin, man: _man, sideEffects: _effects, ...fields } = manifest(
    root,
  );
  rmSync(folder, { recursive: true, force: true });
  await build({
    entryPoints: [{ name: ".", path: join(root, "build/mod.ts") }],
    outDir: folder,
    importMap: join(root, "deno.json"),
    // Nothing in build/ is Deno's, and its tests are run elsewhere.
    shims: {},
    test: false,
    // Top-level await is in no CommonJS.
    scriptModule: false,
    declaration: "separate",
    declarationMap: false,
    skipSourceOutput: true,
    // `deno check` has done it, with the compiler that the sources are written for.
    typeCheck: false,
    compilerOptions: { target: "ES2022", lib: ["ESNext", "DOM", "DOM.Iterable"] },
    package: { ...fields, devDependencies: {} },
  });
  for (const name of SCRAPS) rmSync(join(folder, name), { recursive: true, force: true });
  addFiles(folder, dataFiles(root));
}

const root = process.cwd();
const folder = process.argv[2] ?? join(root, "dist", "npm-dnt");
await makeByDnt(root, folder);
const found = differences([...(await npmPackage(root)).keys()], listFiles(folder));
for (const line of found) console.error(line);
process.exitCode = found.length === 0 ? 0 : 1;
