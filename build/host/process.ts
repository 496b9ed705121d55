import { constants } from "node:os";
import process from "node:process";
import type { ProcessPromise } from "zx/core";
import { PauseError } from "../error.ts";

/** How a command ended. */
export interface Ended {
  /** The exit code; 128 + the signal's number when a signal ended it, as a shell says it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Which of its bounds it was killed for. Missing when it ended by itself. */
  readonly exceeded?: keyof Bounds;
}

/** What a program is held to that may hang or never stop writing. */
export interface Bounds {
  /** Milliseconds, > 0. */
  readonly time: number;
  /** Bytes on stdout and stderr together, ≥ 0. */
  readonly output: number;
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
  /** Keeps a terminal's Ctrl-C from the command: it is ended by `signal` or not at all. @default false */
  readonly ownGroup?: boolean;
  /** What the command reads on its stdin, which then ends. @default nothing */
  readonly input?: string;
  /** Beyond them the command is killed (SIGKILL), with all that it started. @default none */
  readonly bounds?: Bounds;
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
  const { cwd = process.cwd(), env = {}, signal, output = "capture", input, bounds } = options;
  const { ownGroup = bounds !== undefined } = options;
  signal?.throwIfAborted();
  // Loading it takes longer than all the rest of a run that finds everything made.
  const { $ } = await import("zx/core");
  const running = $({
    cwd,
    env: { ...process.env, LC_ALL: "C", ...env },
    stdio: output === "inherit"
      ? "inherit"
      : [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    nothrow: true,
    quiet: true,
    // A group of its own, which can be killed whole, has to be forked off. That takes a large
    // process like ours 20 ms.
    detached: ownGroup,
    // ZX_SHELL and ZX_PREFIX in the environment would change every command.
    shell: "/bin/sh",
    // With exec no shell stands between us and the command: signals and exit codes are its own.
    prefix: "exec ",
    postfix: "",
    quote,
    ...(input !== undefined && { input }),
    ...(signal && !bounds && { signal }),
  })`${command}`;
  // A command that ends without having read its input is no error.
  running.child?.stdin?.on("error", () => {});
  const exceeded = bounds && holdTo(bounds, running, signal);
  const ended = await running;
  if (signal?.aborted) {
    throw new PauseError("interrupted", `Stopped while running ${command[0]}.`, {
      cause: signal.reason,
    });
  }
  const exitCode = ended.exitCode ?? 128 + constants.signals[ended.signal ?? "SIGTERM"];
  const which = exceeded?.();
  return {
    exitCode,
    stdout: ended.stdout,
    stderr: ended.stderr,
    ...(which && { exceeded: which }),
  };
}

/** Milliseconds for reading what a program wrote before it ended, if something else keeps its pipes open. */
const LAST_WORDS = 1000;

/** Kills a command with its group when it goes beyond its bounds, or when the signal fires. */
function holdTo(
  bounds: Bounds,
  running: ProcessPromise,
  signal: AbortSignal | undefined,
): () => keyof Bounds | undefined {
  const { child } = running;
  let exceeded: keyof Bounds | undefined;
  let written = 0;
  const close = (): void => {
    child?.stdout?.destroy();
    child?.stderr?.destroy();
  };
  const kill = (): void => {
    killGroup(child?.pid);
    // What has left the group would keep them open for as long as it likes.
    close();
  };
  const stop = (which: keyof Bounds): void => {
    exceeded ??= which;
    kill();
  };
  const count = ({ length }: Uint8Array): void => {
    written += length;
    if (written > bounds.output) stop("output");
  };
  child?.stdout?.on("data", count);
  child?.stderr?.on("data", count);
  let timer = setTimeout(() => stop("time"), bounds.time);
  child?.once("exit", () => {
    clearTimeout(timer);
    timer = setTimeout(close, LAST_WORDS);
  });
  signal?.addEventListener("abort", kill);
  const over = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
  };
  running.then(over, over);
  return () => exceeded;
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** POSIX quoting: zx's own writes `$'…'`, which is bash's alone. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
