/** What one sees of pause from outside, on every platform. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Command } from "../../build/host/process.ts";
import { ENDING, errorsOf, WARNING } from "./lines.ts";
import { onEachPlatform } from "./places.ts";
import { processFacts } from "./processes.ts";
import { VERSION } from "./programs.ts";
import { PLACES, runSoon, type Sleeper, until, withSleeper } from "./sleeper.ts";

const VERSION_PRINTED = { exitCode: 0, stdout: `pause.c ${VERSION}\n`, stderr: "" };

onEachPlatform("pause", "prints its version for -v, in any case and place", async ({ start }) => {
  const others = ["--", "-", "", "-x"];
  for (let place = 0; place <= others.length; place++) {
    const flag = place % 2 ? "-V" : "-v";
    assert.equal(await runSoon([...start, ...others.toSpliced(place, 0, flag)]), VERSION_PRINTED);
  }
});

/** Runs the words with more arguments than `run` can pass on. */
function withMany(command: Command, ...last: string[]): Command {
  const script = 'exec "$@" $(seq 5000) "$(head -c 131071 /dev/zero | tr "\\0" v)" $LAST';
  return ["env", `LAST=${last.join(" ")}`, "sh", "-c", script, "sh", ...command];
}

onEachPlatform("pause", "finds -v behind thousands of arguments", async ({ start }) => {
  assert.equal(await runSoon(withMany(start, "-V")), VERSION_PRINTED);
});

const NO_FLAGS = ["-version", "--v", "-vv", "-", "v", "", "-\u{20}v", "-v\n", "-w", "=v", "-v=1"];

onEachPlatform("pause", "goes on for all other arguments, thousands of them", async ({ start }) => {
  for (const command of [[...start, ...NO_FLAGS] as const, withMany(start)]) {
    await withSleeper("ordinary", command, (sleeper) => endsWell(sleeper, "SIGINT", WARNING));
  }
});

async function endsWell(
  { signal, ended }: Sleeper,
  by: (typeof ENDING)[number],
  warning = "",
): Promise<void> {
  signal(by);
  const stderr = warning + errorsOf("first", by);
  assert.equal(await ended(), { exitCode: 0, signal: null, stdout: "", stderr });
}

onEachPlatform("pause", "ends on SIGINT and SIGTERM as the first process", async ({ start }) => {
  for (const by of ENDING) {
    await withSleeper("first", start, (sleeper) => endsWell(sleeper, by));
  }
});

onEachPlatform(
  "pause",
  "warns when it is not the first process, and ends on SIGINT and SIGTERM",
  async ({ start }) => {
    for (const by of ENDING) {
      await withSleeper("ordinary", start, (sleeper) => endsWell(sleeper, by, WARNING));
    }
  },
);

/** Redirections for a shell. */
const LOST = ["<&- >&- 2>&-", ">/dev/full 2>/dev/full"];

onEachPlatform("pause", "ends with 0 also when it cannot write", async ({ start }) => {
  for (const redirections of LOST) {
    const lost: Command = ["sh", "-c", `exec "$@" ${redirections}`, "sh", ...start];
    for (const place of PLACES) {
      await withSleeper(place, lost, async ({ signal, ended }) => {
        signal("SIGTERM");
        assert.equal(await ended(), { exitCode: 0, signal: null, stdout: "", stderr: "" });
      });
    }
    assert.equal(await runSoon([...lost, "-v"]), { exitCode: 0, stdout: "", stderr: "" });
  }
});

/** What QEMU, which catches the signals that end a program, leaves to the kernel. */
const HARMLESS = ["SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH"] as const;

onEachPlatform(
  "pause",
  "sleeps on after SIGCHLD, SIGCONT, SIGURG and SIGWINCH, and after a stop",
  async ({ start }) => {
    for (const place of PLACES) {
      await withSleeper(place, start, async (sleeper) => {
        const { pid, signal } = sleeper;
        for (const name of HARMLESS) signal(name);
        signal("SIGSTOP");
        await until("it is stopped", () => processFacts(pid)?.state === "T");
        signal("SIGCONT");
        await until("it sleeps again", () => processFacts(pid)?.state === "S");
        await endsWell(sleeper, "SIGTERM", place === "first" ? "" : WARNING);
      });
    }
  },
);

onEachPlatform("pause", "dies of SIGHUP as an ordinary process", async ({ start }) => {
  await withSleeper("ordinary", start, async ({ signal, ended }) => {
    signal("SIGHUP");
    assert.equal(await ended(), { exitCode: -1, signal: "SIGHUP", stdout: "", stderr: WARNING });
  });
});

onEachPlatform("orphan", "refuses what is no number", async ({ start }) => {
  for (const words of [["many"], ["1", "-1"], ["1", "0"], ["9999999999"], [""]]) {
    const refused = await runSoon([...start, ...words]);
    assert.equal(refused, { exitCode: 2, stdout: "", stderr: "Usage: orphan [COUNT [BURST]]\n" });
  }
});

test.run();
