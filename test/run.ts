/**
 * The test runner: `./make test`, `deno task test`. uvu exits with 0 on much that is no success, so
 * each file runs in a process of its own, with a deadline, and only a whole run counts.
 */
import { join } from "node:path";
import process from "node:process";
import { stop as stopEsbuild } from "esbuild";
import pLimit from "p-limit";
import { findTestFiles } from "./runner/files.ts";
import { makeFolder, removeFolder } from "./runner/folder.ts";
import { HELP, type Options, readOptions } from "./runner/options.ts";
import { closingLine, describe, failures } from "./runner/report.ts";
import { endAll } from "./runner/run-process.ts";
import { carryOut, type Outcome, planRuns, type Run } from "./runner/runs.ts";

/** The exit codes: every test passed, some did not, the command line is wrong, as `pause-image` has them. */
const EXIT = { good: 0, failed: 1, usage: 3, interrupted: 130 } as const;

async function main(words: readonly string[]): Promise<number> {
  const options = readOptions(words, process.cwd());
  if (options === undefined) {
    console.log(HELP.trimEnd());
    return EXIT.good;
  }
  const runs = planRuns(findTestFiles(options.root), options);
  if (runs.length === 0) {
    console.error(`Cannot run ${words.join(" ") || "any test"}: no test file is meant by that.`);
    return EXIT.usage;
  }
  // Whatever the user's: tests run programs as other users, who have to get at their folders.
  process.umask(0o022);
  const folder = makeFolder();
  stopOnSignals(folder);
  const outcomes = await carryOutAll(runs, options, folder);
  await stopEsbuild();
  for (const mount of removeFolder(folder)) console.log(`Still mounted: ${mount}`);
  console.log(`${failures(outcomes)}\n${closingLine(outcomes)}`);
  return outcomes.some(({ verdict }) => verdict.failed > 0) ? EXIT.failed : EXIT.good;
}

/** Unit tests side by side, then the end-to-end tests one after the other. */
async function carryOutAll(
  runs: readonly Run[],
  { root, jobs }: Options,
  folder: string,
): Promise<Outcome[]> {
  const sideBySide = pLimit(jobs);
  const reports = new Set<string>();
  const carry = async (run: Run, number: number): Promise<Outcome> => {
    const outcome = await carryOut(run, root, join(folder, String(number)));
    console.log(describe(outcome, reports));
    return outcome;
  };
  const isUnit = ({ file }: Run): boolean => file.kind === "unit";
  const outcomes = await Promise.all(
    runs.filter(isUnit).map((run, number) => sideBySide(carry, run, number)),
  );
  for (const run of runs.filter((run) => !isUnit(run))) {
    outcomes.push(await carry(run, outcomes.length));
  }
  return outcomes;
}

function stopOnSignals(folder: string): void {
  const stop = async (): Promise<never> => {
    await endAll();
    removeFolder(folder);
    console.error("Stopped.");
    process.exit(EXIT.interrupted);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = EXIT.usage;
}
