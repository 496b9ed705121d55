import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "../../build/host/process.ts";
import type { LatencyProxy } from "../support/latency-proxy.ts";

/** When a command is killed. */
export interface Moment {
  /** After so many bytes to the destination. */
  readonly bytes: number;
  /** And then so many milliseconds. */
  readonly milliseconds: number;
}

/** How a command ended. */
export interface Ending {
  /** Undefined when it was killed. */
  readonly exitCode: number | undefined;
  readonly stderr: string;
}

/**
 * Runs a command that writes to a registry, and kills it by SIGKILL when it has come so far. Bytes
 * tell how far: milliseconds from its start would depend on what else the machine does.
 *
 * @param proxy the way to the registry, its counts from nothing
 * @param moment undefined: it is not killed
 */
export async function runUntil(
  [program, ...words]: Command,
  proxy: LatencyProxy,
  moment?: Moment,
): Promise<Ending> {
  const child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
  let over = false;
  const closed = once(child, "close") as Promise<[number | null]>;
  void closed.then(() => over = true);
  if (moment !== undefined) {
    while (!over && proxy.counted().sent < moment.bytes) await sleep(1);
    if (!over) await sleep(moment.milliseconds);
    child.kill("SIGKILL");
  }
  const [exitCode] = await closed;
  return { exitCode: exitCode ?? undefined, stderr };
}
