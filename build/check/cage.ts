import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram } from "../compile/find-program.ts";
import { storageError, writeWhole } from "../host/files.ts";
import { type Command, type Ended, run } from "../host/process.ts";
import { JAILS, limits, OUTPUT_LIMIT, PRISONER, SCRIPT } from "./cage-script.ts";
import { commOf, momentOf, type Process, send, threadsOf } from "./proc.ts";

/** A program that nobody trusts, and how to run it. */
export interface Prisoner {
  readonly program: Uint8Array;
  readonly arguments: readonly string[];
  /** What executes it where the machine cannot: QEMU's program, static, with its options. */
  readonly emulator?: Command;
  /** How many sleeping processes it is to adopt; if any, two more that end as it begins. @default 0 */
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
  const folder = await makeFolder();
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

async function makeFolder(): Promise<string> {
  const place = join(tmpdir(), "pause-verify-");
  try {
    return await mkdtemp(place);
  } catch (error) {
    throw storageError("make", `${place}…`, error);
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
  const [program = "", ...options] = emulator ?? [];
  const user = process.getuid?.() ?? 0;
  const threads = await threadsOf(user === 0 ? PRISONER : user);
  const jail = [
    "prlimit",
    ...Object.entries(limits(program !== "", threads)).map(([name, most]) => `--${name}=${most}`),
    ...JAILS[user === 0 ? "root" : "user"],
  ];
  return [
    // If we are killed, nothing stays.
    ...["timeout", "--signal=KILL", "30"] as const,
    ...["unshare", ...(user === 0 ? [] : ["--user", "--map-root-user"])],
    ...["--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child"],
    ...shell(),
    ...["-c", SCRIPT, "cage", folder, String(orphans), jail.join(" ")],
    ...[closed ? "closed" : "open", program],
    ...(program === "" ? [] : ["/emulator", ...options]),
    ...["/pause", ...words],
  ];
}

/** bash, without what the environment tells it to do first, or whatever shell there is. */
function shell(): readonly string[] {
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
    if (prisoner && !WARDERS.has(await commOf(prisoner))) return await watch(prisoner);
    await Promise.race([sentence.ended, sleep(5)]);
  }
}

/** The programs that build the cage, one after the other in the same process. */
const WARDERS: ReadonlySet<string> = new Set([
  ...["sh", "dash", "bash", "ash", "busybox"],
  ...["env", "nice", "prlimit", "setpriv", "unshare", ""],
]);

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
  // What the warders say of the prisoner's start, they say where it would speak.
  const complaint = pid === undefined
    ? complaints
    : /^(env|nice|prlimit|setpriv|unshare): .*/m.exec(stderr ?? "")?.[0];
  if (complaint !== undefined) return { unable: summaryOf(complaint, exitCode) };
  return { exitCode, stdout: stdout ?? "", stderr: stderr ?? "" };
}

/** The first line of what was said. */
function summaryOf(complaint: string, exitCode: number): string {
  const [line = ""] = complaint.trim().split("\n");
  return line === "" ? `the cage ended with ${exitCode}` : line.slice(0, 200);
}
