import { constants } from "node:os";
import process from "node:process";
import { PauseError } from "../error.ts";

/** How a command ended. */
export interface Ended {
  /** The exit code; 128 + the signal's number when a signal ended it, as a shell says it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The working directory. @default the current one */
  readonly cwd?: string;
  /** What the command's environment has beyond ours (LC_ALL=C included, so that tools speak plainly). */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the command (SIGTERM) when it fires. */
  readonly signal?: AbortSignal;
  /** `inherit` gives the command our terminal. @default "capture" */
  readonly output?: "capture" | "inherit";
}

export type Command = readonly [string, ...string[]];

/** The command as a line that a POSIX shell reads back as the same words. */
export function commandLine(command: readonly string[]): string {
  return command.map(quote).join(" ");
}

/**
 * Runs a command and waits for its end. The only place that starts processes.
 *
 * @param command the program, by name or path, and its arguments
 * @returns how it ended; a non-zero exit code is a result, not an error. 127: no such program
 * @throws PauseError `interrupted` when `signal` fired
 */
export async function run(command: Command, options: RunOptions = {}): Promise<Ended> {
  const { cwd = process.cwd(), env = {}, signal, output = "capture" } = options;
  signal?.throwIfAborted();
  // Loading it takes longer than all the rest of a run that finds everything made.
  const { $ } = await import("zx/core");
  const ended = await $({
    cwd,
    env: { ...process.env, LC_ALL: "C", ...env },
    stdio: output === "inherit" ? "inherit" : ["ignore", "pipe", "pipe"],
    nothrow: true,
    quiet: true,
    // A group of its own would have to be forked off, which takes a large process like ours 20 ms.
    detached: false,
    // ZX_SHELL and ZX_PREFIX in the environment would change every command.
    shell: "/bin/sh",
    // With exec no shell stands between us and the command: signals and exit codes are its own.
    prefix: "exec ",
    postfix: "",
    quote,
    ...(signal && { signal }),
  })`${command}`;
  if (signal?.aborted) {
    throw new PauseError("interrupted", `Stopped while running ${command[0]}.`, {
      cause: signal.reason,
    });
  }
  const exitCode = ended.exitCode ?? 128 + constants.signals[ended.signal ?? "SIGTERM"];
  return { exitCode, stdout: ended.stdout, stderr: ended.stderr };
}

/** POSIX quoting: zx's own writes `$'…'`, which is bash's alone. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
