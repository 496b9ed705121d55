import { chmod, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { build, type BuildOptions } from "esbuild";

/** What every bundle for Node has in common; `root` is the folder that holds `node_modules`. */
export function nodeBundle(root: string): BuildOptions & { readonly banner: { js: string } } {
  return {
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    // zx's ES module loads its CommonJS half by path when it runs on Deno: a bundle has no such path.
    alias: { "zx/core": join(root, "node_modules/zx/build/core.cjs") },
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
