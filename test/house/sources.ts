import { existsSync, readdirSync, readFileSync } from "node:fs";

/** A file of the repository. */
export interface Source {
  /** From the root, with slashes: `build/oci/digest.ts`. */
  readonly path: string;
  readonly text: string;
}

/** The folders of the repository that people write code in. */
export const CODE = ["build", "arch", "src", "test", "bench", ".github"] as const;

/** The files below these folders with one of these endings, in the order of their paths. */
export function sources(folders: readonly string[], ...endings: readonly string[]): Source[] {
  return folders.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
      .filter((path) => endings.some((ending) => path.endsWith(ending)))
      .sort()
      .map((path) => ({ path, text: readFileSync(path, "utf8") }))
  );
}
