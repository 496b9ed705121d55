/** What orphans cost a pause, and what it takes when it sleeps: almost nothing. */
import { kill } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { natively, withNative } from "./places.ts";
import { childrenOf, costsOf, processFacts, proportionalSize } from "./processes.ts";
import { type Sleeper, until, withSleeper } from "./sleeper.ts";

/** Runs a command in the PID namespace whose first process is `pid`. */
async function runInside(pid: number, ...command: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await run([
    "nsenter",
    "--target",
    `${pid}`,
    "--pid",
    "--",
    ...command,
  ]);
  assert.is(exitCode, 0, stderr);
}

async function stillEnds({ signal, ended }: Sleeper): Promise<void> {
  signal("SIGTERM");
  assert.is((await ended()).exitCode, 0);
}

natively(
  "sleeps while the kernel reaps a hundred thousand orphans, and takes no memory for them",
  async (pause) => {
    await withSleeper("first", [pause], async (sleeper) => {
      const { pid } = sleeper;
      const before = costsOf(pid);
      await withNative("orphan", async (orphan) => {
        const bursts = ["10", "100", "250", "500"];
        await Promise.all(bursts.map((burst) => runInside(pid, orphan, "25000", burst)));
      });
      await until("the orphans are reaped", () => childrenOf(pid).length === 0);
      assert.equal(costsOf(pid), before);
      await stillEnds(sleeper);
    });
  },
);

natively(
  "sleeps on while an orphan is stopped and continued, until the kernel reaps it",
  async (pause) => {
    await withSleeper("first", [pause], async (sleeper) => {
      const { pid } = sleeper;
      const before = costsOf(pid);
      await runInside(pid, "sh", "-c", "sleep 60 >/dev/null 2>&1 &");
      const [orphan = 0] = childrenOf(pid);
      kill(orphan, "SIGSTOP");
      await until("the orphan is stopped", () => processFacts(orphan)?.state === "T");
      kill(orphan, "SIGCONT");
      await until("the orphan goes on", () => processFacts(orphan)?.state === "S");
      kill(orphan, "SIGSTOP");
      kill(orphan, "SIGKILL");
      await until("the orphan is reaped", () => childrenOf(pid).length === 0);
      assert.equal(costsOf(pid), before);
      await stillEnds(sleeper);
    });
  },
);

natively("takes at most 12 KiB of memory", async (pause) => {
  await withSleeper("first", [pause], async (sleeper) => {
    const size = proportionalSize(sleeper.pid);
    assert.ok(size > 0 && size <= 12, `${size} KiB`);
    await stillEnds(sleeper);
  });
});

test.run();
