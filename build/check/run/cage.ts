import { constants } from "node:fs";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram } from "../../compile/find-program.ts";
import { systemCode } from "../../error.ts";
import { storageError, writeWhole } from "../../host/files.ts";
import { type Command, type Ended, run } from "../../host/process.ts";
import { makeCageFolder } from "./cage-folder.ts";
import {
  cageCommand,
  OUTPUT_LIMIT,
  PRISONER,
  WAITING_WARDER,
  WARDERS,
  WARDERS_WORD,
} from "./cage-script.ts";
import { childrenOf, commOf, momentOf, type Process, send, threadsOf } from "./proc.ts";

/** A program that nobody trusts, and how to run it. */
export interface Prisoner {
  readonly program: Uint8Array;
  readonly arguments: readonly string[];
  /** What executes it where the machine cannot: QEMU's program, static, with its options. */
  readonly emulator?: Command;
  /** How many sleeping processes it is to adopt; if any, one more that is a zombie when it begins. @default 0 */
  readonly orphans?: number;
  /** Starts it without stdout and stderr. @default false */
  readonly closed?: boolean;
}

/** How a prisoner ended, or why it never was one. */
export type Confined =
  | { readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  /** This machine cannot confine or execute it. */
  | { readonly unable: string };

/**
 * Runs a program as process 1 of a PID namespace, with namespaces of its own for network, mounts,
 * IPC and host name, and for users where we are not root; as user 65535, without capabilities and
 * ways to get any; in an empty read-only root; with limits on memory, processes, output and time. It
 * inherits nothing of our environment. When this returns, it has ended.
 *
 * @param watch is given the process as soon as it runs; what has not ended after it is killed
 * @throws PauseError `storage` when there is no room for its root, `interrupted`; what `watch` throws
 */
export async function confine(
  prisoner: Prisoner,
  watch: (prisoner: Process) => Promise<void>,
  signal?: AbortSignal,
): Promise<Confined> {
  if (await momentOf(process.pid) === undefined) return { unable: "/proc cannot be read here" };
  const folder = await makeCageFolder();
  try {
    await furnish(folder, prisoner);
    const sentence = serve(folder, prisoner);
    try {
      await attend(folder, sentence, watch, signal);
    } finally {
      await end(folder, sentence);
    }
    return await outcome(folder, await sentence.ended);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lays ready what the script puts into the root. */
async function furnish(folder: string, { program }: Prisoner): Promise<void> {
  await mkdir(join(folder, "root"));
  await writeWhole(join(folder, "pause"), program, 0o555);
}

/** A run of the script. */
interface Sentence {
  /** `exitCode` is the program's own when it was started. */
  readonly ended: Promise<Ended>;
  isOver: boolean;
}

function serve(folder: string, prisoner: Prisoner): Sentence {
  const ended = command(folder, prisoner).then((words) => run(words));
  const sentence: Sentence = { ended, isOver: false };
  const over = (): void => void (sentence.isOver = true);
  ended.then(over, over);
  return sentence;
}

async function command(folder: string, prisoner: Prisoner): Promise<Command> {
  const { arguments: words, emulator, orphans = 0, closed = false } = prisoner;
  const user = process.getuid?.() ?? 0;
  return cageCommand({
    folder,
    shell: shell(),
    isRoot: user === 0,
    orphans,
    outputs: closed ? "closed" : "open",
    words,
    threads: await threadsOf(user === 0 ? PRISONER : user),
    ...(emulator && { emulator }),
  });
}

/** bash, without what the environment tells it to do first, or whatever shell there is. */
function shell(): Command {
  const bash = findProgram("bash");
  return bash === undefined ? ["sh"] : [bash, "-p"];
}

/** Waits until the program runs, then has it watched. */
async function attend(
  folder: string,
  sentence: Sentence,
  watch: (prisoner: Process) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  while (!sentence.isOver) {
    signal?.throwIfAborted();
    const prisoner = await find(folder);
    const name = prisoner && await commOf(prisoner);
    if (prisoner && name === WAITING_WARDER) await letIn(prisoner, folder);
    if (prisoner && name !== undefined && !WARDERS.has(name)) return await watch(prisoner);
    await Promise.race([sentence.ended, sleep(5)]);
  }
}

/** Ends one of the orphans, and lets the prisoner begin when it is a zombie. */
async function letIn(prisoner: Process, folder: string): Promise<void> {
  const children = await childrenOf(prisoner);
  const [first] = children;
  if (first && children.every(({ state }) => state !== "Z")) await send(first, "SIGKILL");
  else await openGate(join(folder, "gate"));
}

/** Nobody reads there any more once it was opened. */
async function openGate(path: string): Promise<void> {
  try {
    const gate = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    await gate.close();
  } catch (error) {
    if (systemCode(error) !== "ENXIO") throw storageError("open", path, error);
  }
}

/** The process that is or becomes the prisoner; undefined before there is one. */
async function find(folder: string): Promise<Process | undefined> {
  const text = await readFile(join(folder, "pid"), "utf8").catch(() => "");
  return text.endsWith("\n") ? await momentOf(Number(text)) : undefined;
}

/** Kills the prisoner as soon as there is one, and with it all that is in the cage. */
async function end(folder: string, sentence: Sentence): Promise<void> {
  while (!sentence.isOver) {
    const prisoner = await find(folder);
    if (prisoner) await send(prisoner, "SIGKILL");
    await Promise.race([sentence.ended, sleep(20)]);
  }
}

async function outcome(folder: string, { exitCode, stderr: complaints }: Ended): Promise<Confined> {
  const [pid, stdout, stderr] = await Promise.all(["pid", "out", "err"].map(async (name) => {
    const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
    return text?.slice(0, OUTPUT_LIMIT);
  }));
  const complaint = pid === undefined ? complaints : WARDERS_WORD.exec(stderr ?? "")?.[0];
  if (complaint !== undefined) return { unable: summaryOf(complaint, exitCode) };
  return { exitCode, stdout: stdout ?? "", stderr: stderr ?? "" };
}

/** The first line of what was said. */
function summaryOf(complaint: string, exitCode: number): string {
  const [line = ""] = complaint.trim().split("\n");
  return line === "" ? `the cage ended with ${exitCode}` : line.slice(0, 200);
}
