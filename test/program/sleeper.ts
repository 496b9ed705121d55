import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import type { Readable } from "node:stream";
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
  /** Sends it a signal. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** How it ended, which it must do soon. */
  readonly ended: () => Promise<Ended & { readonly signal: NodeJS.Signals | null }>;
}

/**
 * Starts a pause program and gives it to `use` once it is asleep. Ends it afterwards in any case.
 */
export async function withSleeper<Value>(
  place: Place,
  command: Command,
  use: (sleeper: Sleeper) => Promise<Value>,
): Promise<Value> {
  const [program, ...words] = inPlace(place, command);
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = ending(child, child.stdout, child.stderr);
  const pidNow = (): number | undefined =>
    place === "first" ? childrenOf(child.pid ?? 0)[0] : child.pid;
  try {
    await until("the program is asleep", () => isAsleep(pidNow()));
    const pid = pidNow() ?? 0;
    return await use({
      pid,
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
 * Waits until `holds` says something true.
 * @throws Error that names `what` when it has not come about in time
 */
export async function until(what: string, holds: () => unknown): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!holds()) {
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

function isAsleep(pid: number | undefined): boolean {
  const facts = pid === undefined ? undefined : processFacts(pid);
  return facts?.state === "S" && (facts.ignored & IGNORES_CHILDREN) !== 0n;
}

async function ending(
  child: ChildProcess,
  out: Readable,
  err: Readable,
): Promise<Ended & { readonly signal: NodeJS.Signals | null }> {
  const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const [[code, signal], stdout, stderr] = await Promise.all([closed, textOf(out), textOf(err)]);
  return { exitCode: code ?? -1, signal, stdout, stderr };
}

async function textOf(stream: Readable): Promise<string> {
  let text = "";
  stream.setEncoding("utf8");
  for await (const chunk of stream) text += chunk as string;
  return text;
}
