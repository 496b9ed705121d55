import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { PauseError, reason } from "../error.ts";
import { redacted } from "../store/registry/http/redaction.ts";
import type { Log } from "./log.ts";
import type { Runner } from "./runner.ts";

/** What is known beside an error. */
export interface Surroundings {
  readonly runner: Runner;
  readonly log: Log;
  /** The folder that annotations name files from: GITHUB_WORKSPACE. */
  readonly workspace: string;
  /** What may be in no line. */
  readonly secrets: ReadonlySet<string>;
}

/** Has the step fail: annotations at the lines that the error is about, its causes, and its message. */
export function failWith(error: unknown, { runner, log, workspace, secrets }: Surroundings): void {
  const isOurs = error instanceof PauseError;
  for (const { file, line, column, message } of isOurs ? error.where : []) {
    runner.error(message, {
      title: "pause-image",
      file: fromWorkspace(file, workspace),
      startLine: line,
      ...(column !== undefined && { startColumn: column }),
    });
  }
  for (const cause of causesOf(error)) log.write(`caused by: ${redacted(cause, secrets)}`);
  if (!isOurs) log.write(stackOf(error, secrets));
  const report = isOurs ? "" : " This is a defect of pause-image: please report it.";
  runner.setFailed(isOurs ? error.message : redacted(reason(error), secrets) + report);
}

/** GitHub shows an annotation at files of the repository alone, named from its root, with slashes. */
function fromWorkspace(file: string, workspace: string): string {
  const whole = resolve(file);
  const path = relative(real(workspace), join(real(dirname(whole)), basename(whole)));
  const isOutside = path.startsWith("..") || isAbsolute(path);
  return (isOutside ? file : path).replaceAll("\\", "/");
}

/** The working directory is without links, and what the runner calls the workspace may be one. */
function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/** More causes of causes than this say nothing. */
const DEEPEST = 10;

/** What is under an error, the nearest first, each once. */
function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let cause = (error as { cause?: unknown } | null)?.cause;
  while (cause !== undefined && cause !== null && causes.length < DEEPEST) {
    causes.push(reason(cause));
    cause = (cause as { cause?: unknown }).cause;
  }
  return [...new Set(causes)].filter((text) => text !== "" && text !== reason(error));
}

function stackOf(error: unknown, secrets: ReadonlySet<string>): string {
  const stack = error instanceof Error ? error.stack ?? "" : "";
  return stack.split("\n").map((line) => redacted(line, secrets)).join("\n");
}
