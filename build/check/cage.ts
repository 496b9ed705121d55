import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { storageError, writeWhole } from "../host/files.ts";
import { type Command, type Ended, run } from "../host/process.ts";
import { JAILS, LIMITS, SCRIPT } from "./cage-script.ts";
import { commOf, isAlive, type Process, processOf } from "./proc.ts";

/** A program that nobody trusts, and how to run it. */
export interface Prisoner {
  readonly program: Uint8Array;
  readonly arguments: readonly string[];
  /** What executes it where the machine cannot: QEMU's program, static, with its options. */
  readonly emulator?: Command;
  /** How many sleeping processes it is to adopt. @default 0 */
  readonly orphans?: number;
}

/** How a prisoner ended, or why it never was one. */
export type Confined =
  | { readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  /** This machine cannot confine or execute it. */
  | { readonly unable: string };

/**
 * Runs a program as process 1 of a PID namespace, with namespaces of its own for network, mounts,
 * IPC, host name, and where we are not root users; as user 65535, without capabilities and ways to
 * get any; in an empty read-only root; with limits on memory, processes, output and time. It
 * inherits nothing of our environment. When this returns, it has ended.
 *
 * @param watch is given the process as soon as it runs; what it does not end is killed after it.
 * Without one, the program has `patience` to end by itself
 * @param patience milliseconds
 * @throws PauseError `storage` when there is no room for its root, `interrupted`
 */
export async function confine(
  prisoner: Prisoner,
  watch: (prisoner: Process, ended: Promise<unknown>) => Promise<void>,
  signal?: AbortSignal,
): Promise<Confined> {
  if (await processOf(process.pid) === undefined) return { unable: "/proc cannot be read here" };
  const folder = await makeFolder();
  try {
    await furnish(folder, prisoner);
    const ended = start(folder, prisoner);
    try {
      await attend(folder, ended, watch, signal);
    } finally {
      await kill(folder);
    }
    return await outcome(folder, await ended);
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

/** The ends of `ended` say nothing: `exitCode` is the program's only when it was started. */
async function start(
  folder: string,
  { arguments: words, emulator, orphans = 0 }: Prisoner,
): Promise<Ended> {
  const [program = "", ...options] = emulator ?? [];
  const isRoot = process.getuid?.() === 0;
  const limits = Object.entries(LIMITS).map(([name, value]) => `--${name}=${value}`);
  const jail = ["prlimit", ...limits, "--", ...JAILS[isRoot ? "root" : "user"]].join(" ");
  return await run([
    ...["timeout", "--signal=KILL", "30"] as const,
    ...["unshare", ...(isRoot ? [] : ["--user", "--map-root-user"])],
    ...["--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child"],
    ...["sh", "-c", SCRIPT, "cage", folder, String(orphans), jail, program],
    ...(emulator === undefined ? [] : ["/emulator", ...options]),
    ...["/pause", ...words],
  ]);
}

/** Waits until the program runs, then has it watched. */
async function attend(
  folder: string,
  ended: Promise<Ended>,
  watch: (prisoner: Process, ended: Promise<unknown>) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  let over = false;
  const end = ended.finally(() => over = true);
  while (!over) {
    signal?.throwIfAborted();
    const prisoner = await find(folder);
    if (prisoner && !WARDERS.has(await commOf(prisoner))) return await watch(prisoner, end);
    await Promise.race([end, sleep(5)]);
  }
}

/** The programs that build the cage, one after the other in the same process. */
const WARDERS: ReadonlySet<string | undefined> = new Set([
  undefined,
  "sh",
  "env",
  "prlimit",
  "setpriv",
  "unshare",
  "dash",
  "bash",
  "busybox",
]);

/** The process that is or becomes the prisoner; undefined before there is one. */
async function find(folder: string): Promise<Process | undefined> {
  const text = await readFile(join(folder, "pid"), "utf8").catch(() => "");
  return text.endsWith("\n") ? await processOf(Number(text)) : undefined;
}

async function kill(folder: string): Promise<void> {
  const prisoner = await find(folder);
  if (prisoner && await isAlive(prisoner)) process.kill(prisoner.pid, "SIGKILL");
}

/** Bytes of each of its outputs. */
const OUTPUT_LIMIT = 64 * 1024;

async function outcome(folder: string, { exitCode, stderr: complaints }: Ended): Promise<Confined> {
  const [stdout = "", stderr = ""] = await Promise.all(
    ["out", "err"].map(async (name) =>
      (await readFile(join(folder, name), "utf8").catch(() => "")).slice(0, OUTPUT_LIMIT)
    ),
  );
  const [complaint] = /^(unshare|setpriv|prlimit|env): .*/m.exec(stderr) ??
    /^(unshare|mount|sh|cp|timeout|cage|\/bin\/sh).*/m.exec(complaints) ?? [];
  if (complaint !== undefined) return { unable: complaint.slice(0, 200) };
  return { exitCode, stdout, stderr };
}
