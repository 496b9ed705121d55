import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, type Ended, run } from "../../build/host/process.ts";
import { childrenOf, processFacts } from "./processes.ts";

/** Milliseconds that a program has to fall asleep, to end, or to have its children reaped. */
const PATIENCE = 10_000;

/** SIGCHLD among the ignored signals: the last that pause sets before it sleeps. */
const IGNORES_CHILDREN = 1n << 16n;

/** How a program stands: as the first process of a PID namespace of its own, or as any other. */
export type Place = "first" | "ordinary";

export const PLACES: readonly Place[] = ["first", "ordinary"];

/** A program that sleeps until a signal ends it. */
export interface Sleeper {
  /** Its number among all processes of this machine. */
  readonly pid: number;
  /** Its stdin, if it has one. */
  readonly input: Writable | null;
  /** Sends it a signal. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** How it ended, which it must do soon. */
  readonly ended: () => Promise<Ended & { readonly signal: NodeJS.Signals | null }>;
}

export interface SleeperOptions {
  /** What the environment has beyond ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** @default "ignore" */
  readonly stdin?: "pipe" | "ignore";
  /** Says whether the program sleeps, once it has a number. @default it ignores its children */
  readonly isAsleep?: (pid: number) => boolean;
}

/**
 * Starts a pause program and gives it to `use` once it is asleep. Ends it afterwards in any case.
 */
export async function withSleeper<Value>(
  place: Place,
  command: Command,
  use: (sleeper: Sleeper) => Promise<Value>,
  { env = {}, stdin = "ignore", isAsleep = ignoresChildren }: SleeperOptions = {},
): Promise<Value> {
  const [program, ...words] = inPlace(place, command);
  const child = spawn(program, words, {
    stdio: [stdin, "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const ended = ending(child, child.stdout, child.stderr);
  const pidNow = (): number | undefined =>
    place === "first" ? childrenOf(child.pid ?? 0)[0] : child.pid;
  try {
    await until("the program is asleep", () => {
      const pid = pidNow();
      return pid !== undefined && isAsleep(pid);
    });
    const pid = pidNow() ?? 0;
    return await use({
      pid,
      input: child.stdin,
      signal: (name) => void process.kill(pid, name),
      ended: async () => {
        await until(
          "the program has ended",
          () => child.exitCode !== null || child.signalCode !== null,
        );
        return await ended;
      },
    });
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/**
 * Runs a command that ends by itself.
 * @throws PauseError `interrupted` when it has not in time
 */
export async function runSoon(command: Command): Promise<Ended> {
  return await run(command, { signal: AbortSignal.timeout(PATIENCE) });
}

/**
 * Waits until `holds` says something true, at once or as a promise.
 * @throws Error that names `what` when it has not come about in time
 */
export async function until(what: string, holds: () => unknown): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!await holds()) {
    if (Date.now() > deadline) throw new Error(`Waited ${PATIENCE} ms in vain until ${what}.`);
    await sleep(5);
  }
}

/** The words that run `command` in a place; it ends as `command` does. */
export function inPlace(place: Place, command: Command): Command {
  if (place === "ordinary") return command;
  // When unshare is killed, so is the namespace.
  return ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL", ...command];
}

function ignoresChildren(pid: number): boolean {
  const facts = processFacts(pid);
  return facts?.state === "S" && (facts.ignored & IGNORES_CHILDREN) !== 0n;
}

async function ending(
  child: ChildProcess,
  out: Readable | null,
  err: Readable | null,
): Promise<Ended & { readonly signal: NodeJS.Signals | null }> {
  const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const [[code, signal], stdout, stderr] = await Promise.all([closed, textOf(out), textOf(err)]);
  return { exitCode: code ?? -1, signal, stdout, stderr };
}

async function textOf(stream: Readable | null): Promise<string> {
  let text = "";
  if (stream === null) return text;
  stream.setEncoding("utf8");
  for await (const chunk of stream) text += chunk as string;
  return text;
}
