import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { type Files, text } from "./files.ts";
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
    ["licenses.txt", text(licenses(root, partsOf(metafile)))],
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

/** The modules of which something is in the bundle. */
function partsOf({ outputs }: Metafile): string[] {
  const parts = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return parts.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
}

/** The licence of every package that modules are of, with its text. */
function licenses(root: string, modules: readonly string[]): string {
  const names = modules.flatMap((path) =>
    /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []
  );
  return [...new Set(names)].sort().map((name) => license(root, name)).join(`\n${RULE}\n\n`);
}

const RULE = "-".repeat(80);

interface Package {
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
}

function license(root: string, name: string): string {
  const folder = join(root, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Package;
  const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  const words = file === undefined
    ? standardText(name, about)
    : readFileSync(join(folder, file), "utf8");
  return `${name} ${about.version} (${about.license})\n\n${
    words.replaceAll("\r\n", "\n").trim()
  }\n`;
}

/** The text of MIT, for a package that names it and brings none. */
function standardText(name: string, { license, author }: Package): string {
  const holder = (typeof author === "object" ? author.name : author)?.replace(/\s*<.*/, "");
  if (license !== "MIT" || holder === undefined) {
    throw new Error(`Cannot bundle the action: ${name} has no text of its licence.`);
  }
  return `Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
}
