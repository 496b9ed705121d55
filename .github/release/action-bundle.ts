import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { type Files, text } from "./files.ts";
import { licenses } from "./licenses.ts";
import { nodeBundle } from "./node-bundle.ts";

/** Where the action's files are: action.yml names `index.cjs` there. */
export const ACTION_FOLDER = "dist/action";

/**
 * The GitHub Action as files: one CommonJS module, not minified, so that a review can read what
 * changed, and the licences of all that is in it. The same sources make the same bytes in any folder.
 *
 * @param root the clone
 * @throws Error when a package in it has no licence
 */
export async function actionBundle(root: string): Promise<Files> {
  const { outputFiles, metafile } = await build({
    ...nodeBundle(root),
    entryPoints: ["build/action.ts"],
    format: "cjs",
    // Of a module of CommonJS nothing is known but its file.
    define: { "import.meta": "thisModule" },
    banner: {
      js: 'const thisModule = { url: require("node:url").pathToFileURL(__filename).href };',
    },
    // A comment names each module: as node_modules has it, wherever a link leads to.
    preserveSymlinks: true,
    plugins: [unusedParts],
    metafile: true,
    write: false,
    outfile: join(root, ACTION_FOLDER, "index.cjs"),
  });
  const [bundle] = outputFiles;
  if (bundle === undefined) throw new Error("Cannot bundle the action: esbuild made no file.");
  return new Map([
    ["index.cjs", bundle.contents],
    ["licenses.txt", text(licenses(root, metafile))],
  ]);
}

/**
 * Nothing happens when a module of @actions/core is loaded, which its package.json does not say: the
 * parts that are not used, and undici with them, stay out.
 */
const unusedParts: Plugin = {
  name: "unused parts of @actions/core",
  setup({ onResolve, resolve }) {
    onResolve({ filter: /./ }, async ({ path, pluginData, ...rest }) => {
      const isTheirs = /@actions\/core/.test(`${path} ${rest.importer}`);
      if (!isTheirs || pluginData === unusedParts) return undefined;
      const { importer, resolveDir, kind, namespace } = rest;
      const found = await resolve(path, {
        importer,
        resolveDir,
        kind,
        namespace,
        pluginData: unusedParts,
      });
      return { ...found, sideEffects: false };
    });
  },
};
