/** What only the kernel itself can show: every signal, and the moments around the start. */
import { constants as files } from "node:fs";
import { open } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Command, run } from "../../build/host/process.ts";
import { withFolder } from "../support/folder.ts";
import { ENDING, errorsOf, type LAST_WORDS, WARNING } from "./lines.ts";
import { natively } from "./places.ts";
import { costsOf, processFacts } from "./processes.ts";
import { type Place, PLACES, runSoon, type Sleeper, until, withSleeper } from "./sleeper.ts";
import { withTool } from "./tools.ts";

const { signals } = constants;
const { O_NONBLOCK, O_RDONLY } = files;

/** The signals that only the kernel handles. */
const KERNEL = [signals.SIGKILL, signals.SIGSTOP];

const ALL = Array.from({ length: 64 }, (_, at) => at + 1);

async function send(pid: number, ...numbers: readonly number[]): Promise<void> {
  const script = 'pid=$1; shift; for signal; do kill -"$signal" "$pid" || exit; done';
  const sent = await runSoon(["sh", "-c", script, "sh", `${pid}`, ...numbers.map(String)]);
  assert.is(sent.exitCode, 0, sent.stderr);
}

async function stillEnds(
  { signal, ended }: Sleeper,
  place: Place,
  by: keyof typeof LAST_WORDS = "SIGTERM",
): Promise<void> {
  signal(by);
  assert.equal(await ended(), {
    exitCode: 0,
    signal: null,
    stdout: "",
    stderr: errorsOf(place, by),
  });
}

natively("is not woken by any other signal as the first process", async (pause) => {
  const others = ALL.filter((one) => ![signals.SIGINT, signals.SIGTERM, ...KERNEL].includes(one));
  await withSleeper("first", [pause], async (sleeper) => {
    const before = costsOf(sleeper.pid);
    await send(sleeper.pid, ...others);
    assert.equal(costsOf(sleeper.pid), before);
    await stillEnds(sleeper, "first");
  });
});

/** Those that end a process by default, without those that would leave a core file. */
const DEADLY = [
  "SIGHUP",
  "SIGKILL",
  "SIGUSR1",
  "SIGUSR2",
  "SIGPIPE",
  "SIGALRM",
  "SIGVTALRM",
  "SIGPROF",
  "SIGIO",
] as const;

natively("dies of other signals as any ordinary process does", async (pause) => {
  for (const name of DEADLY) {
    await withSleeper("ordinary", [pause], async ({ signal, ended }) => {
      signal(name);
      assert.equal(await ended(), { exitCode: -1, signal: name, stdout: "", stderr: WARNING });
    });
  }
});

natively(
  "ends on signals that were ignored when it started, not on those blocked",
  (pause) =>
    withTool("launcher", async (launcher) => {
      const { SIGINT, SIGTERM } = signals;
      const ignored: Command = [launcher, "-i", `${SIGINT}`, "-i", `${SIGTERM}`, pause];
      const blocked: Command = [launcher, "-b", `${SIGTERM}`, pause];
      for (const place of PLACES) {
        await withSleeper(place, ignored, (sleeper) => stillEnds(sleeper, place, "SIGTERM"));
        await withSleeper(place, ignored, (sleeper) => stillEnds(sleeper, place, "SIGINT"));
        await withSleeper(place, blocked, async (sleeper) => {
          sleeper.signal("SIGTERM");
          await stillEnds(sleeper, place, "SIGINT");
        });
      }
    }),
);

natively("ends with 0 and one line when both signals come at once", async (pause) => {
  for (const place of PLACES) {
    await withSleeper(place, [pause], async ({ pid, signal, ended }) => {
      signal("SIGSTOP");
      await until("it is stopped", () => processFacts(pid)?.state === "T");
      for (const name of ["SIGINT", "SIGTERM", "SIGCONT"] as const) signal(name);
      const { exitCode, stderr } = await ended();
      assert.is(exitCode, 0);
      assert.ok(ENDING.map((by) => errorsOf(place, by)).includes(stderr), stderr);
    });
  }
});

const ROUNDS = 200;

/** What may come of a signal around the start, by the place. */
const OUTCOMES: Readonly<Record<Place, (by: keyof typeof LAST_WORDS) => string[]>> = {
  first: (by) => [`exit 0: ${errorsOf("first", by)}`],
  ordinary: (by) => [
    `signal ${signals[by]}: `,
    `signal ${signals[by]}: ${WARNING}`,
    `exit 0: ${errorsOf("ordinary", by)}`,
  ],
};

/** Sends pause a signal sooner or later after its start. Returns in how many rounds once was enough. */
async function race(place: Place, pause: string): Promise<number> {
  const { exitCode, stdout, stderr } = await withTool(
    "race",
    (tool) => run([tool, place, `${ROUNDS}`, pause]),
  );
  assert.is(exitCode, 0, stderr);
  const rounds = stdout.trimEnd().split("\n")
    .map((line) => /^(\w+ \d+) (\d+) (.*)$/.exec(line)?.slice(1) ?? []);
  assert.is(rounds.length, ROUNDS);
  rounds.forEach(([how, , text = ""], round) => {
    const outcome = `${how}: ${text.replaceAll("/", "\n")}`;
    const allowed = OUTCOMES[place](round % 2 ? "SIGINT" : "SIGTERM");
    assert.ok(allowed.includes(outcome), `round ${round}: ${outcome}`);
  });
  return rounds.filter(([, sent]) => sent === "1").length;
}

natively(
  "as the first process, loses signals before its start, and ends with 0 on the next",
  async (pause) => {
    const early = ROUNDS - await race("first", pause);
    assert.ok(early > 0 && early < ROUNDS, `${early} of ${ROUNDS} signals came too early`);
  },
);

natively(
  "as an ordinary process, ends with 0 or of the signal, whenever it comes",
  async (pause) => {
    assert.ok(await race("ordinary", pause) > 0);
  },
);

/** Starts the words that follow with a stderr whose reader is gone. */
const UNREAD = `
mkfifo "$1"
exec 3<>"$1" 2>"$1" 3>&-
shift
exec "$@"
`;

natively(
  "ends with 0 as the first process also when nobody reads its stderr",
  (pause) =>
    withFolder(async (folder) => {
      const unread: Command = ["sh", "-c", UNREAD, "sh", join(folder, "fifo"), pause];
      await withSleeper("first", unread, async ({ signal, ended }) => {
        signal("SIGTERM");
        assert.equal(await ended(), { exitCode: 0, signal: null, stdout: "", stderr: "" });
      });
    }),
);

natively(
  "dies of SIGPIPE as any ordinary process when nobody reads its warning",
  (pause) =>
    withFolder(async (folder) => {
      const unread: Command = ["sh", "-c", UNREAD, "sh", join(folder, "fifo"), pause];
      assert.is((await runSoon(unread)).exitCode, 128 + signals.SIGPIPE);
    }),
);

/** Starts the words that follow with a stderr that is full, and that somebody may read. */
const FULL = `
mkfifo "$1"
exec 3<>"$1"
dd if=/dev/zero of="$1" bs=4096 count=1000 oflag=nonblock 2>/dev/null
exec 2>"$1"
shift
exec "$@"
`;

natively(
  "waits for room when its stderr is full, and then ends with 0",
  (pause) =>
    withFolder(async (folder) => {
      const fifo = join(folder, "fifo");
      const full: Command = ["sh", "-c", FULL, "sh", fifo, pause];
      await withSleeper("first", full, async ({ pid, signal, ended }) => {
        signal("SIGTERM");
        await sleep(1000);
        assert.is(processFacts(pid)?.state, "S");
        const file = await open(fifo, O_RDONLY | O_NONBLOCK);
        try {
          await file.read(new Uint8Array(65_536));
        } finally {
          await file.close();
        }
        assert.equal(await ended(), { exitCode: 0, signal: null, stdout: "", stderr: "" });
      });
    }),
);

natively(
  "sleeps when it has no argument at all, not even its name",
  (pause) =>
    withTool("launcher", async (launcher) => {
      for (const place of PLACES) {
        const bare: Command = [launcher, "-a", pause];
        await withSleeper(place, bare, (sleeper) => stillEnds(sleeper, place));
      }
    }),
);

test.run();
