import { chmod, rename, rm } from "node:fs/promises";
import { relative } from "node:path";
import process from "node:process";
import { build, type BuildOptions, type Plugin } from "esbuild";
import type { Files } from "./files.ts";

/** What every bundle for Node has in common; `root` is the folder that holds `node_modules`. */
export function nodeBundle(root: string): BuildOptions & { readonly banner: { js: string } } {
  return {
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    plugins: [zxCore(root)],
    // CommonJS inside an ES module: its require() has to be made.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module";\n' +
        "const require = requireFrom(import.meta.url);",
    },
    legalComments: "eof",
    logLevel: "error",
  };
}

/**
 * zx's ES module loads its CommonJS half by path when it runs on Deno, and a bundle has no such path.
 * Of a CommonJS module in a file of its own an import would get a default and no names.
 */
function zxCore(root: string): Plugin {
  return {
    name: "zx/core",
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^zx\/core$/ }, () => ({ path: "core", namespace: "zx" }));
      onLoad({ filter: /^core$/, namespace: "zx" }, () => ({
        contents: 'export { $ } from "./node_modules/zx/build/core.cjs";',
        resolveDir: root,
      }));
    },
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

/**
 * Bundles several entries, each a file of its name, and what they share or load only when it is
 * needed as files beside them.
 *
 * @param entries the modules by the names of their files: `{ cli: "build/cli.ts" }`
 * @returns `cli.js` and the others, in the order of their names
 */
export async function splitBundle(
  root: string,
  entries: Readonly<Record<string, string>>,
): Promise<Files> {
  const { outputFiles } = await build({
    ...nodeBundle(root),
    entryPoints: { ...entries },
    // A comment names each module: as node_modules has it, wherever a link leads to.
    preserveSymlinks: true,
    splitting: true,
    chunkNames: "[name]-[hash]",
    outdir: root,
    write: false,
  });
  return new Map(
    outputFiles.map(({ path, contents }) => [relative(root, path), contents] as const)
      .sort(([a], [b]) => a < b ? -1 : 1),
  );
}
