import { EMBEDDED } from "../../build/make/source.ts";
import { below, type Files, sourceFiles } from "./files.ts";
import { splitBundle } from "./node-bundle.ts";

/** What `deno compile` makes programs for. */
export interface CompileTarget {
  readonly name: string;
  /** As `process.platform` and `process.arch` say it. */
  readonly runsOn: string;
}

/** All that Deno 2.9 has. */
export const COMPILE_TARGETS: readonly CompileTarget[] = [
  { name: "x86_64-unknown-linux-gnu", runsOn: "linux x64" },
  { name: "aarch64-unknown-linux-gnu", runsOn: "linux arm64" },
  { name: "x86_64-apple-darwin", runsOn: "darwin x64" },
  { name: "aarch64-apple-darwin", runsOn: "darwin arm64" },
  { name: "x86_64-pc-windows-msvc", runsOn: "win32 x64" },
  { name: "aarch64-pc-windows-msvc", runsOn: "win32 arm64" },
];

/** The entry among the files of {@link compiledProgram}. */
export const ENTRY = "pause-image.js";

/** All that is inside the compiled program beside Deno's runtime. */
export async function compiledProgram(root: string): Promise<Files> {
  const { code, licenses } = await splitBundle(root, {
    "pause-image": ".github/release/compiled.ts",
  });
  const data = new Map([...sourceFiles(root), ["licenses.txt", licenses]]);
  return new Map([...code, ...below(EMBEDDED, data)]);
}

/** The file of the program for a target. */
export function compiledName({ name, runsOn }: CompileTarget): string {
  return `pause-image-${name}${runsOn.startsWith("win32") ? ".exe" : ""}`;
}
