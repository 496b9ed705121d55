import { test } from "uvu";
import * as assert from "uvu/assert";
import { BEHAVIOUR_ROWS } from "../../../build/check/run/behaviour-rows.ts";
import { BEHAVIOURS } from "../../../build/check/run/observe.ts";
import { type Facts, judge, type Outcome } from "../../../build/check/row.ts";

type Behaviour = Pick<Facts, "platform" | typeof BEHAVIOURS[number]>;

const version = { exitCode: 0, stdout: "pause.c v3.10.2\n", stderr: "" };
const idle = { milliseconds: 300, state: "S", ticks: 0, wakeUps: 0 };
const stopped = { milliseconds: 20, exitCode: 0 };

/** What a good program does. */
const GOOD: Behaviour = {
  platform: { os: "linux", architecture: "amd64" },
  version,
  versionAnywhere: version,
  idle,
  early: { adopted: 2, zombies: 0 },
  orphans: { adopted: 24, zombies: 0 },
  outlived: { signals: ["SIGHUP"] },
  terminated: stopped,
  interrupted: stopped,
  closed: stopped,
};

/** What is wrong with a program, the row that says so, and what it says. */
const BAD: readonly (readonly [row: string, seen: Partial<Behaviour>, found: RegExp])[] = [
  ["version", { version: { stdout: "", stderr: "" } }, /did not end/],
  ["version", { version: { ...version, exitCode: 2 } }, /ended with 2/],
  ["version", { version: { ...version, stdout: "tini 0.19\n" } }, /printed "tini 0.19\\n"/],
  ["version", { version: { ...version, stdout: "pause.c v3\nand more" } }, /printed/],
  ["version-anywhere", { versionAnywhere: { ...version, stdout: "" } }, /printed ""/],
  ["stays", { idle: { ...idle, ended: 3 } }, /ended with 3 by itself/],
  ["asleep", { idle: { ...idle, ticks: 30, state: "R" } }, /300 ms of processor time/],
  ["asleep", { idle: { ...idle, wakeUps: 4 } }, /woke up 4 times/],
  ["asleep", { idle: { ...idle, state: "R" } }, /state is R/],
  ["reaps", { orphans: { adopted: 24, zombies: 3 } }, /3 of 24/],
  ["reaps-early", { early: { adopted: 2, zombies: 1 } }, /1 of 2/],
  ["outlives", { outlived: { signals: ["SIGHUP"], lethal: "SIGHUP" } }, /SIGHUP ended it/],
  ["sigterm", { terminated: { milliseconds: 1001 } }, /still ran 1001 ms later/],
  ["sigterm", { terminated: { milliseconds: 9, exitCode: 143 } }, /ended with 143/],
  ["sigint", { interrupted: { milliseconds: 1001 } }, /still ran/],
  ["closed-outputs", { closed: { milliseconds: 9, exitCode: 1 } }, /ended with 1/],
];

function outcomes(known: Partial<Facts>, unknown = {}): Map<string, [Outcome, string | undefined]> {
  const judged = judge(BEHAVIOUR_ROWS, { known, unknown });
  return new Map(judged.map(({ row, outcome, found }) => [row.id, [outcome, found]]));
}

test("a program that does all as it should passes every row", () => {
  for (const [id, [outcome]] of outcomes(GOOD)) assert.is(outcome, "pass", id);
  assert.is(outcomes(GOOD).size, BEHAVIOUR_ROWS.length);
});

for (const [row, seen, found] of BAD) {
  test(`"${row}" and no other row fails when it sees ${JSON.stringify(seen)}`, () => {
    for (const [id, [outcome, said]] of outcomes({ ...GOOD, ...seen })) {
      const refines = BEHAVIOUR_ROWS.find((other) => other.id === id)?.after === row;
      assert.is(outcome, id === row ? "fail" : refines ? "unchecked" : "pass", id);
      if (id === row) assert.match(said ?? "", found);
    }
  });
}

test("every row about behaviour can fail", () => {
  const proven = new Set(BAD.map(([row]) => row));
  assert.equal(BEHAVIOUR_ROWS.map(({ id }) => id).filter((id) => !proven.has(id)), []);
});

test("what could not be seen is no pass, and says why", () => {
  const { platform } = GOOD;
  const unknown = Object.fromEntries(BEHAVIOURS.map((name) => [name, "there is no unshare"]));
  const judged = outcomes({ platform }, unknown);
  assert.is(judged.size, BEHAVIOUR_ROWS.length);
  for (const [id, result] of judged) {
    assert.equal(result, ["unchecked", "there is no unshare"], id);
  }
});

test("what was not asked for is no row of the report", () => {
  assert.is(outcomes({ platform: GOOD.platform }).size, 0);
});

test("a stranger's output is cut short and cannot steer a terminal", () => {
  const stdout = `\x1b[2J${"x".repeat(1000)}`;
  const [, found = ""] = outcomes({ ...GOOD, version: { ...version, stdout } }).get("version") ??
    [];
  assert.not.match(found, "\x1b");
  assert.ok(found.length < 100);
});

test.run();
