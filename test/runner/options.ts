import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { Kind } from "./files.ts";

/** Where a test file runs. */
export type Runtime = "deno" | "node";

export interface Options {
  /** Parts of paths: a file whose path has one of them runs. None: every file. */
  readonly filters: readonly string[];
  readonly kinds: readonly Kind[];
  readonly runtimes: readonly Runtime[];
  /** How many unit test files run at once, ≥ 1. End-to-end tests run one after the other. */
  readonly jobs: number;
  /** The folder that holds `test/`. */
  readonly root: string;
}

export const HELP = `./make test [OPTION]… [PART OF A PATH]…

Runs test/**/*.test.ts (unit tests, on Deno and on Node) and test/**/*.e2e.ts (end-to-end tests,
which start real registries and engines and need root). The last line counts the test cases.

  --unit, --e2e    only these tests
  --deno, --node   only on this runtime
  -j, --jobs N     unit test files at once; default: one for each processor
  -h, --help       this text

The environment: CI=true lets nothing be skipped.
`;

/**
 * Reads the command line.
 * @returns undefined when help is asked for
 * @throws Error with a sentence for the user
 */
export function readOptions(words: readonly string[], root: string): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      unit: { type: "boolean", default: false },
      e2e: { type: "boolean", default: false },
      deno: { type: "boolean", default: false },
      node: { type: "boolean", default: false },
      jobs: { type: "string", short: "j", default: String(availableParallelism()) },
      root: { type: "string", default: root },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    filters: positionals,
    kinds: picked(["unit", "e2e"], values),
    runtimes: picked(["deno", "node"], values),
    jobs: readJobs(values.jobs),
    root: values.root,
  };
}

/** Those that are asked for; none asked for means all. */
function picked<Name extends string>(
  names: readonly Name[],
  values: Readonly<Record<string, unknown>>,
): readonly Name[] {
  const chosen = names.filter((name) => values[name]);
  return chosen.length > 0 ? chosen : names;
}

function readJobs(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new Error(`Cannot run --jobs ${text}: it is a whole number, 1 or more.`);
}
