import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/** The modules of which something is in the bundle. */
function partsOf({ outputs }: Metafile): string[] {
  const parts = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return parts.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
}

/**
 * The licence of every package of which something is in a bundle, with its text.
 *
 * @throws Error when a package has none
 */
export function licenses(root: string, metafile: Metafile): string {
  const names = partsOf(metafile).flatMap((path) =>
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
    ? standardText(root, name, about)
    : readFileSync(join(folder, file), "utf8");
  return `${name} ${about.version} (${about.license})\n\n${
    words.replaceAll("\r\n", "\n").trim()
  }\n`;
}

/** The text of MIT or of ours, Apache 2.0, for a package that names it and brings none. */
function standardText(root: string, name: string, { license, author }: Package): string {
  if (license === "Apache-2.0") return readFileSync(join(root, "LICENSE"), "utf8");
  const holder = (typeof author === "object" ? author.name : author)?.replace(/\s*<.*/, "");
  if (license !== "MIT" || holder === undefined) {
    throw new Error(`Cannot bundle ${name}: it has no text of its licence.`);
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
