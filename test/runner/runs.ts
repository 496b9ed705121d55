import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { build } from "esbuild";
import { nodeBundle } from "../../.github/release/node-bundle.ts";
import { deadlineOf, type TestFile } from "./files.ts";
import type { Options, Runtime } from "./options.ts";
import { runProcess } from "./run-process.ts";
import { findTraps } from "./traps.ts";
import { judge, refused, type Verdict } from "./verdict.ts";

/** One test file on one runtime. */
export interface Run {
  readonly file: TestFile;
  readonly runtime: Runtime;
}

/** How a run went. */
export interface Outcome extends Run {
  readonly verdict: Verdict;
  readonly milliseconds: number;
  readonly output: string;
}

/** The runs that the options ask for. End-to-end tests start the real program, which chooses its own runtime. */
export function planRuns(files: readonly TestFile[], options: Options): Run[] {
  const { filters, kinds, runtimes } = options;
  return files
    .filter(({ kind }) => kinds.includes(kind))
    .filter(({ path }) => filters.length === 0 || filters.some((part) => path.includes(part)))
    .flatMap((file) =>
      (["deno", "node"] as const)
        .filter((runtime) =>
          runtimes.includes(runtime) && (file.kind === "unit" || runtime === "deno")
        )
        .map((runtime) => ({ file, runtime }))
    );
}

/**
 * Runs one test file on one runtime.
 * @param folder of this run alone; it is made
 */
export async function carryOut(run: Run, root: string, folder: string): Promise<Outcome> {
  const { file, runtime } = run;
  const source = readFileSync(join(root, file.path), "utf8");
  const traps = findTraps(source);
  if (traps.length > 0) return { ...run, verdict: refused(traps), milliseconds: 0, output: "" };
  mkdirSync(folder, { recursive: true });
  const started = performance.now();
  try {
    const command = runtime === "deno" ? onDeno(file.path) : await onNode(root, file.path, folder);
    const deadline = deadlineOf(file.kind, source);
    const ended = await runProcess(command, { cwd: root, folder, deadline });
    return {
      ...run,
      verdict: judge(ended),
      milliseconds: ended.milliseconds,
      output: ended.output,
    };
  } catch (error) {
    const verdict = refused([`It cannot be started: ${String(error)}`]);
    return { ...run, verdict, milliseconds: performance.now() - started, output: "" };
  }
}

type Command = readonly [string, ...string[]];

function onDeno(path: string): Command {
  return [process.execPath, "run", "-A", "--no-prompt", "--cached-only", path];
}

/** Bundles the test. Its working directory stays the root, by which tests find their files. */
async function onNode(root: string, path: string, folder: string): Promise<Command> {
  const bundle = join(folder, "test.mjs");
  await build({
    ...nodeBundle(root),
    entryPoints: [path],
    outfile: bundle,
    logLevel: "silent",
    sourcemap: "inline",
    // It starts a program of its own that it looks for beside itself.
    external: ["esbuild"],
  });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return ["node", "--enable-source-maps", bundle];
}
