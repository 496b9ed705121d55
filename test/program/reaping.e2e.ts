/** What orphans cost a pause, and what it takes when it sleeps: almost nothing. */
import { kill } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Command, run } from "../../build/host/process.ts";
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

/** The proportional sizes, in kibibytes, of pauses that are started so, the smallest first. */
async function sizesOf(starts: number, command: Command): Promise<number[]> {
  const sizes = [];
  for (let start = 0; start < starts; start++) {
    sizes.push(
      await withSleeper("first", command, ({ pid }) => Promise.resolve(proportionalSize(pid))),
    );
  }
  return sizes.sort((one, other) => one - other);
}

// The stack may begin anywhere in a page, and what the kernel puts there then takes one, two or three.
natively(
  "takes 8 KiB of memory, and a page more where its stack begins at random",
  async (pause) => {
    const small: Command = ["env", "-i", "PATH=/bin", pause];
    assert.equal(await sizesOf(3, ["setarch", "-R", ...small]), [8, 8, 8]);
    const [smallest = 0, , , , median = 0, ...more] = await sizesOf(9, small);
    assert.ok(smallest > 0 && median <= 12, `${[smallest, median, ...more]} KiB`);
  },
);

test.run();
