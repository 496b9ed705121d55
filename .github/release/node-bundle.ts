import { chmod, rename, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import process from "node:process";
import { build, type BuildOptions } from "esbuild";
import { type Files, text } from "./files.ts";
import { licenses } from "./licenses.ts";

/** What every bundle for Node has in common; `root` is the folder that holds `node_modules`. */
export function nodeBundle(root: string): BuildOptions & { readonly banner: { js: string } } {
  return {
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    alias: {
      "make-fetch-happen": join(root, ".github/release/make-fetch-happen.js"),
      "xmlbuilder2": join(root, ".github/release/no-xmlbuilder2.js"),
      "zx/core": join(root, ".github/release/zx-core.js"),
    },
    // CommonJS inside an ES module: its require() has to be made.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module";\n' +
        "const require = requireFrom(import.meta.url);",
    },
    legalComments: "eof",
    logLevel: "error",
  };
}

/** Bundles the program into `file`, which appears whole or not at all. */
export async function bundleProgram(root: string, file: string): Promise<void> {
  const options = nodeBundle(root);
  const neighbour = `${file}.${process.pid}.tmp`;
  try {
    await build({
      ...options,
      entryPoints: ["build/cli.ts"],
      banner: { js: `#!/usr/bin/env node\n${options.banner.js}` },
      outfile: neighbour,
    });
    await chmod(neighbour, 0o755);
    await rename(neighbour, file);
  } finally {
    await rm(neighbour, { force: true });
  }
}

/** A program in several files. */
export interface Split {
  readonly code: Files;
  /** The licences of the packages that it is made of. */
  readonly licenses: Uint8Array;
}

/**
 * Bundles several entries, each a file of its name, and what they share or load only when it is
 * needed as files beside them.
 *
 * @param entries the modules by the names of their files: `{ cli: "build/cli.ts" }`
 * @returns `cli.js` and the others, in the order of their names
 * @throws Error when a package in it has no licence
 */
export async function splitBundle(
  root: string,
  entries: Readonly<Record<string, string>>,
): Promise<Split> {
  const { outputFiles, metafile } = await build({
    ...nodeBundle(root),
    entryPoints: { ...entries },
    // A comment names each module: as node_modules has it, wherever a link leads to.
    preserveSymlinks: true,
    splitting: true,
    chunkNames: "[name]-[hash]",
    outdir: root,
    metafile: true,
    write: false,
  });
  const code = outputFiles.map(({ path, contents }) => [relative(root, path), contents] as const)
    .sort(([a], [b]) => a < b ? -1 : 1);
  return { code: new Map(code), licenses: text(licenses(root, metafile)) };
}
