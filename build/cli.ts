import process from "node:process";
import { runnerOf } from "./attest/provenance/runner.ts";
import { storageError } from "./host/files.ts";
import { EXIT_CODES, PauseError, reason, systemCode } from "./error.ts";
import { GOALS } from "./make/goals.ts";
import type { MakeOptions } from "./make/prepare.ts";
import { fromEnvironment } from "./make/settings.ts";
import { type Arguments, readArguments } from "./terminal/arguments.ts";
import { COMMANDS } from "./terminal/commands.ts";
import { help } from "./terminal/help.ts";
import { reporter, summary } from "./terminal/report.ts";
import { screen } from "./terminal/screen.ts";
import { onSignals } from "./terminal/signals.ts";
import { VERSION } from "./version.ts";

const out = screen(process.stdout, process.env);
const err = screen(process.stderr, process.env);

/** The terminal door: `pause-image ARGS…`, and `./make ARGS…`. */
async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const command = COMMANDS.find(({ name }) => name === argv[0]);
  if (command !== undefined) return await command.run(argv.slice(1), signal);
  const words = readArguments(argv);
  if (words.help) out.write(help());
  else if (words.version) out.write(`pause-image ${VERSION}`);
  else return await runGoals(words, signal);
  return 0;
}

async function runGoals(words: Arguments, signal: AbortSignal): Promise<number> {
  const { goals, jobs, directory = process.cwd(), json } = words;
  const quiet = words.quiet || json;
  const assignments = { ...fromEnvironment(process.env), ...words.assignments };
  const options: MakeOptions = {
    goals: goals.length > 0 ? goals : GOALS.slice(0, 1).map(({ name }) => name),
    assignments,
    directory,
    signal,
    runner: runnerOf(process.env),
    ...(jobs !== undefined && { jobs }),
    ...(!quiet && { onEvent: reporter(out) }),
  };
  // Whoever makes nothing does not load what makes.
  if (words.dryRun) {
    const { plan } = await import("./make/plan.ts");
    showPlan(await plan(options), json);
    return 0;
  }
  const { make } = await import("./make/make.ts");
  const made = await make(options);
  if (json) {
    const { metadata } = await import("./make/metadata.ts");
    out.write(JSON.stringify(metadata(made), undefined, 2));
  } else if (!quiet) summary(made, out);
  return made.missing.length > 0 ? EXIT_CODES.partial : 0;
}

function showPlan(lines: readonly string[], json: boolean): void {
  if (json) out.write(JSON.stringify({ plan: lines }, undefined, 2));
  else for (const line of lines) out.write(line);
}

/**
 * Whoever reads our lines may stop reading, as `head` does: the work goes on. Lines that cannot be
 * written for another reason, such as a full disk, are no success.
 */
function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error) => {
      if (systemCode(error) === "EPIPE") return;
      process.exitCode = fail(storageError("write", "the output", error));
      process.exit();
    });
  }
}

function fail(error: unknown): number {
  if (!(error instanceof PauseError)) {
    err.write(error instanceof Error ? error.stack ?? error.message : reason(error));
    err.write("This is a defect of pause-image: please report it with the lines above.");
    return EXIT_CODES.internal;
  }
  err.write(`${err.paint("red", "error:")} ${error.message}`);
  return EXIT_CODES[error.code];
}

watchOutput();
const { signal, obey } = onSignals();
try {
  process.exitCode = await main(process.argv.slice(2), signal);
} catch (error) {
  const code = fail(error);
  // After a signal the exit code says which one it was.
  process.exitCode ||= code;
  // A look-up of a name cannot be ended, and Node waits for it even in process.exit.
  obey();
}
