import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The bytes of files by their paths, with slashes, below a folder that does not matter. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** Makes `folder` hold these files and nothing else. `executable`: the paths of those to be run. */
export function writeFiles(folder: string, files: Files, executable: readonly string[] = []): void {
  rmSync(folder, { recursive: true, force: true });
  addFiles(folder, files);
  for (const path of executable) chmodSync(join(folder, path), 0o755);
}

/** Writes files into `folder`, beside what is there. */
export function addFiles(folder: string, files: Files): void {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
    chmodSync(join(folder, path), 0o644);
  }
}

/** The paths of the files below `folder`, with slashes, in their order. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

/** A file of text. */
export function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

/** The files of the clone at `root` with these paths, as they are. */
export function filesOf(root: string, paths: readonly string[]): Files {
  return new Map(paths.map((path) => [path, readFileSync(join(root, path))]));
}

/**
 * What the builder reads when it runs: the programs, their headers and the template. The rest of
 * `arch/`, TypeScript, is part of the program.
 */
export function sourceFiles(root: string): Files {
  const sources = ["src", "arch"].flatMap((folder) =>
    listFiles(join(root, folder)).filter((path) => !path.endsWith(".ts"))
      .map((path) => `${folder}/${path}`)
  );
  return filesOf(root, ["Dockerfile.tmpl", ...sources]);
}

/** The files under another folder: `in/src/pause.c` for `src/pause.c`. */
export function below(folder: string, files: Files): Files {
  return new Map([...files].map(([path, bytes]) => [`${folder}/${path}`, bytes]));
}

/** The bytes of all files together. */
export function sizeOf(files: Files): number {
  return [...files.values()].reduce((sum, { length }) => sum + length, 0);
}
