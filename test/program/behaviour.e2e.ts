import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Target } from "../../build/compile/target.ts";
import { TARGETS } from "../../build/compile/targets.ts";
import { type Command, run } from "../../build/host/process.ts";
import { formatPlatform, type Platform } from "../../build/oci/platform.ts";
import { emulator, lacksEmulator } from "../support/emulator.ts";
import { lacks, skip } from "../support/skip.ts";
import { childrenOf } from "./processes.ts";
import { type ProgramName, VERSION, withProgram } from "./programs.ts";
import { until, withSleeper } from "./sleeper.ts";

const WARNING = "Warning: pause should be the first process\n";
const INTERRUPTED = "Shutting down, got signal: Interrupt\n";
const TERMINATED = "Shutting down, got signal: Terminated\n";

/** Adds a test for each platform; its `start` has the words that run the program there. */
function onEachPlatform(
  name: ProgramName,
  behaviour: string,
  body: (start: Command, target: Target, platform: Platform) => Promise<void>,
): void {
  for (const target of TARGETS) {
    for (const platform of target.platforms) {
      test(`${formatPlatform(platform)}: ${name} ${behaviour}`, async () => {
        const lacking = lacksEmulator(target) ?? lacks("unshare", "nsenter", "perl");
        if (lacking !== undefined) return skip(lacking);
        await withProgram(target, name, async (file) => {
          await body([...emulator(target, platform), file] as unknown as Command, target, platform);
        });
      });
    }
  }
}

onEachPlatform("pause", "prints its version for -v, in any case and place", async (start) => {
  for (const words of [["-v"], ["-V"], ["--", "-V", "more"]]) {
    const printed = await run([...start, ...words]);
    assert.equal(printed, { exitCode: 0, stdout: `pause.c ${VERSION}\n`, stderr: "" });
  }
});

onEachPlatform(
  "pause",
  "warns when it is not the first process, and ends on SIGINT",
  async (start) => {
    const words = ["-version", "--v", "-vv", "-", "v", "", "-\u{20}v"];
    await withSleeper("ordinary", [...start, ...words], async ({ signal, ended }) => {
      signal("SIGINT");
      assert.equal(await ended(), {
        exitCode: 0,
        signal: null,
        stdout: "",
        stderr: WARNING + INTERRUPTED,
      });
    });
  },
);

onEachPlatform("pause", "ends on SIGTERM as the first process", async (start) => {
  await withSleeper("first", start, async ({ signal, ended }) => {
    signal("SIGTERM");
    assert.equal(await ended(), { exitCode: 0, signal: null, stdout: "", stderr: TERMINATED });
  });
});

onEachPlatform("pause", "ends with 0 also when its outputs are closed", async (start) => {
  const closed: Command = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", ...start];
  await withSleeper("ordinary", closed, async ({ signal, ended }) => {
    signal("SIGTERM");
    assert.equal(await ended(), { exitCode: 0, signal: null, stdout: "", stderr: "" });
  });
  const { exitCode } = await run(["sh", "-c", 'exec "$@" -v >&-', "sh", ...start]);
  assert.is(exitCode, 0);
});

/** Becomes the program once it has a dead child for which it has not waited. Shells would wait. */
const WITH_ZOMBIE = `
defined($child = fork) or die;
exit unless $child;
do { open FACTS, "/proc/$child/stat" or die } until <FACTS> =~ /[)] Z /;
exec @ARGV;
`;

onEachPlatform("pause", "leaves no zombie", async (start, target, platform) => {
  await withSleeper(
    "first",
    ["perl", "-e", WITH_ZOMBIE, ...start],
    async ({ pid, signal, ended }) => {
      await until("the child from before is reaped", () => childrenOf(pid).length === 0);
      await withProgram(target, "orphan", async (orphan) => {
        const inside = ["nsenter", "--target", `${pid}`, "--pid", "--"] as const;
        const made = await run([...inside, ...emulator(target, platform), orphan, "40", "20"]);
        assert.equal(made, { exitCode: 0, stdout: "", stderr: "" });
      });
      await until("the orphans are reaped", () => childrenOf(pid).length === 0);
      signal("SIGTERM");
      assert.is((await ended()).exitCode, 0);
    },
  );
});

onEachPlatform("orphan", "refuses what is no number", async (start) => {
  for (const words of [["many"], ["1", "-1"], ["1", "0"], ["9999999999"], [""]]) {
    const refused = await run([...start, ...words]);
    assert.equal(refused, { exitCode: 2, stdout: "", stderr: "Usage: orphan [COUNT [BURST]]\n" });
  }
});

test.run();
