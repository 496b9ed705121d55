import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/** A server that a test started. */
export interface Daemon {
  readonly pid: number;
  /** Sends SIGTERM and waits for the end; SIGKILL after `patience` milliseconds (default 20,000). */
  stop(patience?: number): Promise<void>;
}

export interface DaemonOptions {
  readonly command: readonly [string, ...string[]];
  /** The file that takes both outputs. */
  readonly log: string;
  /** What the environment has beyond ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** Says whether the server answers. Asked until it does. */
  readonly ready: () => Promise<boolean>;
  /** Milliseconds after which a server that is not ready counts as failed. @default 30_000 */
  readonly patience?: number;
}

/**
 * A shell stands between us and the server. When we die, even by SIGKILL, its input ends and it
 * takes the server along: a test that hits its deadline leaves no daemon behind.
 */
const GUARD = `exec 3<&0 2>>"$1"
shift
"$@" 3<&- >&2 & daemon=$!
echo $daemon
exec >&-
{ read -r _ <&3; kill $daemon; } 2>/dev/null & guard=$!
exec 3<&-
wait $daemon; code=$?
kill $guard 2>/dev/null
exit $code`;

/**
 * Starts a server and waits until it answers.
 * @throws Error with the end of the server's log when it does not come up
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { command, log, env = {} } = options;
  const shell = spawn("/bin/sh", ["-c", GUARD, "sh", log, ...command], {
    // What a daemon drops there when it is in trouble is no litter of the test.
    env: { ...process.env, TMPDIR: dirname(log), ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(shell, "exit");
  const [line] = await once(shell.stdout, "data") as [Uint8Array];
  const daemon: Daemon = {
    pid: Number(new TextDecoder().decode(line)),
    stop: async (patience = 20_000) => {
      shell.stdin.end();
      const timer = setTimeout(() => process.kill(daemon.pid, "SIGKILL"), patience);
      await exited;
      clearTimeout(timer);
    },
  };
  await answers(daemon, exited, options);
  return daemon;
}

async function answers(
  daemon: Daemon,
  exited: Promise<unknown>,
  { command, log, ready, patience = 30_000 }: DaemonOptions,
): Promise<void> {
  let gone = false;
  void exited.then(() => gone = true);
  const deadline = Date.now() + patience;
  while (!await ready()) {
    if (gone || Date.now() > deadline) {
      const what = gone ? "ended at once" : "does not answer";
      await daemon.stop(1_000);
      const tail = readFileSync(log, "utf8").split("\n").slice(-15).join("\n");
      throw new Error(`${command[0]} ${what}:\n${tail}`);
    }
    await sleep(25);
  }
}
