/** What one sees of pause.exe from outside. Wine stands in for Windows. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Command, Ended } from "../../../build/host/process.ts";
import type { Wine } from "../../support/wine.ts";
import { VERSION } from "../programs.ts";
import { type Sleeper, withSleeper } from "../sleeper.ts";
import { underWine } from "./places.ts";
import { install } from "./programs.ts";

const LAST_WORDS = "Shutting down, got signal\r\n";

/** Console events, by Windows's numbers. */
const EVENTS = { C: 0, BREAK: 1, CLOSE: 2, LOGOFF: 5, SHUTDOWN: 6 } as const;
const { LOGOFF, ...ENDING } = EVENTS;

/** Creation flag of a program that is not to hear of CTRL_C. */
const NEW_PROCESS_GROUP = 0x200;

async function withPause(
  { env, isAsleep }: Wine,
  command: Command,
  use: (sleeper: Sleeper) => Promise<void>,
): Promise<void> {
  await withSleeper("ordinary", command, use, { env, isAsleep, stdin: "pipe" });
}

async function endsOnControlC({ signal, ended }: Sleeper, stderr = LAST_WORDS): Promise<void> {
  // Wine makes a CTRL_C of it.
  signal("SIGINT");
  assert.equal(await ended(), { exitCode: 0, signal: null, stdout: "", stderr });
}

const VERSION_PRINTED = { exitCode: 0, stdout: `pause.c ${VERSION}\r\n`, stderr: "" };

underWine("pause", "prints its version for -v, in any case and place", async (wine, file) => {
  const others = ["--", "a b", "", '"', '\\"', "\t\\\\"];
  const spaced = join(wine.folder, "a folder");
  await mkdir(spaced);
  await rename(file, join(spaced, "pause.exe"));
  for (let place = 0; place <= others.length; place++) {
    const flag = place % 2 ? "-V" : "-v";
    const words = others.toSpliced(place, 0, flag);
    assert.equal(
      await wine.run(["wine", join(spaced, "pause.exe"), ...words]),
      VERSION_PRINTED,
    );
  }
});

/** The examples of Microsoft's document, and what else a line may have. */
const LINES: Readonly<Record<string, string>> = {
  '"a b c" d e': "[a b c][d][e]",
  '"ab\\"c" "\\\\" d': '[ab"c][\\][d]',
  'a\\\\\\b d"e f"g h': "[a\\\\\\b][de fg][h]",
  'a\\\\\\"b c d': '[a\\"b][c][d]',
  'a\\\\\\\\"b c" d e': "[a\\\\b c][d][e]",
  'a"b"" c d': '[ab" c d]',
  "\t a \t b\t ": "[a][b]",
  '"" "" ""': "[][][]",
  '""a"" b': "[a][b]",
  "\\ \\\\": "[\\][\\\\]",
  '"a': "[a]",
  "": "",
};

underWine("pause", "reads its words by the rules of Microsoft's C runtime", async (wine) => {
  const input = Object.keys(LINES).map((line) => `${line}\n`).join("");
  const read = await wine.run(["wine", await install(wine, "words")], input);
  assert.equal(read.stdout.split("\n").slice(0, -1), Object.values(LINES));
});

const NO_FLAGS = [
  ...["-version", "--v", "-vv", "-", "v", "", "-\u{20}v", "-w", "=v", "-v=1", "/v", "-\\v"],
  ...["a -v", '" -v', '\\" -v "', "-v\t"],
];

underWine("pause", "goes on for all other arguments, and ends on CTRL_C", async (wine, file) => {
  await withPause(wine, ["wine", file, ...NO_FLAGS], (sleeper) => endsOnControlC(sleeper));
});

/** What `press` prints of a pause that was told of these events. */
async function press(wine: Wine, file: string, flags: number, ...events: number[]): Promise<Ended> {
  const words = [flags, file, ...events].map(String);
  let outcome: Ended | undefined;
  await withPause(wine, ["wine", await install(wine, "press"), ...words], async (sleeper) => {
    sleeper.input?.write("\n");
    outcome = await sleeper.ended();
  });
  assert.ok(outcome);
  return outcome;
}

underWine(
  "pause",
  "ends with 0 and a line when it is told of CTRL_C, CTRL_BREAK, CTRL_CLOSE or CTRL_SHUTDOWN",
  async (wine, file) => {
    for (const [name, event] of Object.entries(ENDING)) {
      const { stdout, stderr } = await press(wine, file, 0, event);
      assert.equal([stdout, stderr], ["0", LAST_WORDS], name);
    }
  },
);

underWine("pause", "goes on when a user logs off", async (wine, file) => {
  const { stdout, stderr } = await press(wine, file, 0, LOGOFF, LOGOFF, EVENTS.SHUTDOWN);
  assert.equal([stdout, stderr], ["goes on\ngoes on\n0", LAST_WORDS]);
});

underWine(
  "pause",
  "ends on CTRL_C also when whoever started it had that ignored",
  async (wine, file) => {
    const { stdout, stderr } = await press(wine, file, NEW_PROCESS_GROUP, EVENTS.C);
    assert.equal([stdout, stderr], ["0", LAST_WORDS]);
  },
);

underWine("pause", "ends with 0 also when it cannot write", async (wine, file) => {
  for (const redirections of [">&- 2>&-", ">/dev/full 2>/dev/full"]) {
    const lost: Command = ["sh", "-c", `exec "$@" ${redirections}`, "sh", "wine", file];
    await withPause(wine, lost, (sleeper) => endsOnControlC(sleeper, ""));
    const printed = await wine.run([...lost, "-v"]);
    assert.equal(printed, { exitCode: 0, stdout: "", stderr: "" });
  }
});

underWine("pause", "says so and ends with 1 when its handler is refused", async (wine, file) => {
  const bytes = await readFile(file, "latin1");
  // Both take what they are given; this one says no.
  const refusing = "IsDebuggerPresent".padEnd("SetConsoleCtrlHandler".length, "\0");
  assert.ok(bytes.includes("SetConsoleCtrlHandler"));
  await writeFile(file, bytes.replace("SetConsoleCtrlHandler", refusing), "latin1");
  const stdout = "\r\nERROR: Could not set control handler\r\n";
  assert.equal(await wine.run(["wine", file]), { exitCode: 1, stdout, stderr: "" });
});

test.run();
