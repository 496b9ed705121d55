import { test } from "uvu";
import * as assert from "uvu/assert";
import { TARGETS } from "../../build/compile/targets.ts";
import { run } from "../../build/host/process.ts";
import { isNative } from "../support/emulator.ts";
import { lacks, skip } from "../support/skip.ts";
import { childrenOf, processFacts } from "./processes.ts";
import { type ProgramName, withProgram } from "./programs.ts";
import { type Sleeper, until, withSleeper } from "./sleeper.ts";

/** What only the kernel itself can show, without an emulator that catches signals and system calls. */
function natively(behaviour: string, body: (pause: string) => Promise<void>): void {
  test(`pause ${behaviour}`, () => withNative("pause", body));
}

async function withNative(
  name: ProgramName,
  use: (file: string) => Promise<void>,
): Promise<void> {
  const target = TARGETS.find(isNative);
  if (target === undefined) return skip("pause is not built for this machine's architecture");
  await withProgram(target, name, use);
}

async function stillEnds({ signal, ended }: Sleeper): Promise<void> {
  signal("SIGTERM");
  const { exitCode, stderr } = await ended();
  assert.is(exitCode, 0);
  assert.match(stderr, /Shutting down, got signal: Terminated\n$/);
}

natively("sleeps while the kernel reaps ten thousand orphans", async (pause) => {
  await withSleeper("first", [pause], async (sleeper) => {
    const { pid } = sleeper;
    const before = processFacts(pid)?.sleeps;
    await withNative("orphan", async (orphan) => {
      const inside = ["nsenter", "--target", `${pid}`, "--pid", "--"] as const;
      assert.is((await run([...inside, orphan, "10000", "500"])).exitCode, 0);
    });
    await until("the orphans are reaped", () => childrenOf(pid).length === 0);
    assert.is(processFacts(pid)?.sleeps, before);
    await stillEnds(sleeper);
  });
});

natively("ignores other signals as the first process, and goes on after a stop", async (pause) => {
  await withSleeper("first", [pause], async (sleeper) => {
    for (const name of ["SIGHUP", "SIGUSR1", "SIGQUIT", "SIGWINCH", "SIGCHLD"] as const) {
      sleeper.signal(name);
    }
    sleeper.signal("SIGSTOP");
    await until("it is stopped", () => processFacts(sleeper.pid)?.state === "T");
    sleeper.signal("SIGCONT");
    await until("it sleeps again", () => processFacts(sleeper.pid)?.state === "S");
    await stillEnds(sleeper);
  });
});

natively("dies of other signals as any process does, and goes on after a stop", async (pause) => {
  await withSleeper("ordinary", [pause], async ({ pid, signal, ended }) => {
    signal("SIGSTOP");
    await until("it is stopped", () => processFacts(pid)?.state === "T");
    signal("SIGCONT");
    await until("it sleeps again", () => processFacts(pid)?.state === "S");
    signal("SIGHUP");
    assert.is((await ended()).signal, "SIGHUP");
  });
});

/** The exit codes by the system call that the kernel refuses, and which of its calls. */
const REFUSALS = [
  { action: "SIGINT", call: "rt_sigaction", which: 1, exitCode: 1 },
  { action: "SIGTERM", call: "rt_sigaction", which: 2, exitCode: 2 },
  { action: "SIGCHLD", call: "rt_sigaction", which: 3, exitCode: 3 },
  { action: "the wait", call: "?pause,?ppoll", which: 1, exitCode: 42 },
] as const;

for (const { action, call, which, exitCode } of REFUSALS) {
  natively(`ends with ${exitCode} when the kernel refuses ${action}`, async (pause) => {
    const missing = lacks("strace");
    if (missing !== undefined) return skip(missing);
    const refusal = `inject=${call}:error=EPERM:when=${which}`;
    const ended = await run(["strace", "-o", "/dev/null", "-e", refusal, pause]);
    assert.is(ended.exitCode, exitCode);
    assert.is(ended.stderr, "Warning: pause should be the first process\n");
  });
}

test.run();
