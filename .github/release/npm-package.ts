import { readFileSync } from "node:fs";
import { join } from "node:path";
import { declarations } from "./declarations.ts";
import { below, type Files, filesOf, sourceFiles, text } from "./files.ts";
import { splitBundle } from "./node-bundle.ts";

/** The command, in the package. */
export const CLI = "esm/cli.js";
const SCHEMA = "build/mirror/sync/schema.json";
const MANUAL = "man/pause-image.1";

/**
 * The files of the npm package. Our code is split at its dynamic imports, so that the command and
 * the library share what both need and load the rest when it is asked for.
 *
 * @param root the clone
 */
export async function npmPackage(root: string): Promise<Files> {
  const { code, licenses } = await splitBundle(root, { cli: "build/cli.ts", mod: "build/mod.ts" });
  return new Map([
    ["package.json", packageJson(root)],
    ...dataFiles(root),
    ...below("esm", withShebang(code)),
    ["esm/licenses.txt", licenses],
    ...below("types", declarations(root, "build/mod.ts")),
  ]);
}

/** All that is in the package whoever makes its code: what people read, and what the builder does. */
export function dataFiles(root: string): Files {
  const schema = readFileSync(join(root, SCHEMA));
  return new Map([
    ...filesOf(root, ["README.md", "CHANGELOG.md", "LICENSE", MANUAL]),
    ["schema.json", schema],
    ...sourceFiles(root),
  ]);
}

function packageJson(root: string): Uint8Array {
  return text(`${JSON.stringify(manifest(root), undefined, 2)}\n`);
}

/** The fields of `package.json` that do not depend on how the code was made. */
export function manifest(root: string): Readonly<Record<string, unknown>> {
  const { name, version, description, license, repository, engines } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  ) as Readonly<Record<string, unknown>>;
  return {
    name,
    version,
    description,
    keywords: ["kubernetes", "pause", "sandbox", "oci", "container", "image", "mirror", "registry"],
    license,
    // npm's provenance is checked against it.
    repository,
    type: "module",
    engines,
    // Nothing happens when a module is loaded, but for the command's.
    sideEffects: [`./${CLI}`],
    bin: { "pause-image": CLI },
    // As a list: npm 11 links nothing for a text.
    man: [MANUAL],
    exports: {
      ".": { types: "./types/build/mod.d.ts", default: "./esm/mod.js" },
      "./schema.json": "./schema.json",
      "./package.json": "./package.json",
    },
    publishConfig: { access: "public", provenance: true },
  };
}

function withShebang(code: Files): Files {
  return new Map([...code].map(([path, bytes]) => {
    if (`esm/${path}` !== CLI) return [path, bytes];
    return [path, text(`#!/usr/bin/env node\n${new TextDecoder().decode(bytes)}`)];
  }));
}
