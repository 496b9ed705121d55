import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Unit tests run anywhere, on Deno and on Node; end-to-end tests start real tools, as root. */
export type Kind = "unit" | "e2e";

export interface TestFile {
  /** Relative to the root: `test/oci/digest.test.ts`. */
  readonly path: string;
  readonly kind: Kind;
}

const SUFFIXES: readonly (readonly [string, Kind])[] = [[".test.ts", "unit"], [".e2e.ts", "e2e"]];

/** The test files below `test/` of `root`, in the order of their names, unit tests first. */
export function findTestFiles(root: string): TestFile[] {
  const names = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" });
  const files = names.map((name) => `test/${name.replaceAll("\\", "/")}`).sort()
    .flatMap((path) => {
      const kind = SUFFIXES.find(([suffix]) => path.endsWith(suffix))?.[1];
      return kind ? [{ path, kind }] : [];
    });
  return [
    ...files.filter(({ kind }) => kind === "unit"),
    ...files.filter(({ kind }) => kind === "e2e"),
  ];
}

/** Seconds that a file may take in one run. */
const DEADLINES: Readonly<Record<Kind, number>> = { unit: 60, e2e: 300 };

/** The deadline of a test file in seconds: its kind's, or what it says itself: `// deadline: 120 s`. */
export function deadlineOf(kind: Kind, source: string): number {
  const own = /^\/\/ deadline: (\d+) s$/m.exec(source)?.[1];
  return own === undefined ? DEADLINES[kind] : Number(own);
}
