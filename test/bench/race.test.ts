import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Contender, race, type Racer, timed } from "../../bench/race.ts";

const quick: Contender = { command: [process.execPath, "--version"] };

/** A racer that writes down when a lap begins and ends. */
function noting(name: string, diary: string[], contender: Contender = quick): Racer {
  return {
    name,
    lap: async (time) => {
      diary.push(name);
      try {
        await time(contender);
      } finally {
        diary.push(`${name} cleared`);
      }
    },
  };
}

test("the racers take turns, and who starts changes from lap to lap", async () => {
  const diary: string[] = [];
  await race([noting("we", diary), noting("they", diary)], 2);
  const starts = diary.filter((line) => !line.endsWith("cleared"));
  assert.equal(starts, ["we", "they", "they", "we", "we", "they"]);
});

test("the first lap is run and not counted", async () => {
  const [{ who, spread }] = await race([noting("we", [])], 3);
  assert.is(who, "we");
  assert.is(spread.laps, 3);
  assert.ok(0 < spread.min && spread.min <= spread.median && spread.median <= spread.max);
});

test("without a warm-up every lap counts", async () => {
  const diary: string[] = [];
  const [{ spread }] = await race([noting("we", diary)], 1, 0);
  assert.is(spread.laps, 1);
  assert.equal(diary, ["we", "we cleared"]);
});

test("a command that fails ends the race with its words, and is cleared up after", async () => {
  const diary: string[] = [];
  const broken: Contender = { command: ["sh", "-c", "echo no such thing >&2; exit 7"] };
  try {
    await race([noting("we", diary, broken)], 1);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /exited with 7:\nno such thing/);
  }
  assert.equal(diary, ["we", "we cleared"]);
});

test("who wants to watch a command learns its number once it runs", async () => {
  const pids: number[] = [];
  const command = ["sh", "-c", "sleep 0.1"] as const;
  await timed({ command, onStart: (pid) => pids.push(pid) });
  assert.is(pids.length, 1);
  assert.throws(() => process.kill(pids[0] ?? 0, 0), /ESRCH/);
});

test("a program that is not there ends the race with its name", async () => {
  try {
    await race([noting("we", [], { command: ["no-such-program-here"] })], 1);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /no-such-program-here/);
  }
});

test.run();
