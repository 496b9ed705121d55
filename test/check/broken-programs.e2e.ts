import pLimit from "p-limit";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BEHAVIOUR_ROWS } from "../../build/check/run/behaviour-rows.ts";
import { type Report, verify, verifyTarget } from "../../build/check/verify.ts";
import { lacks, skip } from "../support/skip.ts";
import { idsOf, imageOf, PAUSE } from "./images.ts";
import { type Making, withPause } from "./pauses.ts";

const TOOLS = ["clang-19", "gcc", "unshare", "setpriv", "prlimit"] as const;

/** What is wrong with a program that runs, and the one row that is to find it. */
const WRONG: Readonly<Record<string, string>> = {
  OTHER_VERSION: "version",
  UPPER_CASE_ONLY: "version",
  FIRST_ARGUMENT_ONLY: "version-anywhere",
  EXITS: "stays",
  EXITS_SOON: "stays",
  CRASHES: "stays",
  BUSY: "asleep",
  POLLS: "asleep",
  REAPS_NEVER: "reaps",
  REAPS_ONCE: "reaps",
  REAPS_ONE: "reaps",
  REAPS_LATE: "reaps-early",
  DIES_OF_HUP: "outlives",
  DIES_OF_CONT: "outlives",
  IGNORES_TERM: "sigterm",
  SLOW_TERM: "sigterm",
  TERM_CODE: "sigterm",
  IGNORES_INT: "sigint",
  NEEDS_STDERR: "closed-outputs",
};

/** Most of a run is waiting: a few go on side by side, from the first that is asked for. */
const atOnce = pLimit(3);
const reports = new Map<string, Promise<Report>>();

function reportOn(macro: string): Promise<Report> {
  if (reports.size === 0) {
    for (const each of Object.keys(WRONG)) {
      const report = atOnce(() => withPause({ macro: each }, (path) => verify(path)));
      report.catch(() => {});
      reports.set(each, report);
    }
  }
  return reports.get(macro) ?? Promise.reject(new Error(macro));
}

for (const [macro, row] of Object.entries(WRONG)) {
  test(`"${row}" and no other row fails for a program that is ${macro}`, async () => {
    const lacking = lacks(...TOOLS);
    if (lacking !== undefined) return skip(lacking);
    const report = await reportOn(macro);
    assert.equal(idsOf(report, "fail"), [row], describe(report));
    assert.is(report.outcome, "fail");
  });
}

test("every row about behaviour has a program that it alone finds", () => {
  const proven = new Set(Object.values(WRONG));
  assert.equal(BEHAVIOUR_ROWS.map(({ id }) => id).filter((id) => !proven.has(id)), []);
});

/** Programs that linkers make when they are told to, and the one row that is to find what is wrong. */
const LINKED: readonly (readonly [row: string, what: string, making: Making])[] = [
  ["static", "linked dynamically", { compiler: ["clang-19"] }],
  ["stack", "with an executable stack", {
    compiler: ["gcc", "-static", "-z", "execstack"],
  }],
  ["write-execute", "with all in one segment", {
    compiler: ["clang-19", "-static", "-fuse-ld=lld", "-Wl,--omagic"],
  }],
];

for (const [row, what, making] of LINKED) {
  test(`"${row}" and no other row fails for a program ${what}`, async () => {
    const lacking = lacks(...TOOLS);
    if (lacking !== undefined) return skip(lacking);
    await withPause(making, async (path) => {
      assert.equal(idsOf(await verify(path), "fail"), [row]);
    });
  });
}

test('"machine" and no other row fails for a program of another machine, which is not run', async () => {
  const lacking = lacks(...TOOLS, "ld.lld-19");
  if (lacking !== undefined) return skip(lacking);
  const words = ["--target=aarch64-linux-gnu", "-nostdlib", "-static", "-fuse-ld=lld"];
  const making: Making = { compiler: ["clang-19", ...words], source: "nothing.c" };
  await withPause(making, async (_, bytes) => {
    const report = await verifyTarget(await imageOf({ layers: [[{ ...PAUSE, bytes }]] }));
    assert.equal(idsOf(report, "fail"), ["machine"]);
    for (const { id } of BEHAVIOUR_ROWS) assert.ok(idsOf(report, "unchecked").includes(id), id);
    assert.is(report.subjects.at(-1)?.ranOn, undefined);
  });
});

test("a program that makes processes without end is ended", async () => {
  const lacking = lacks(...TOOLS);
  if (lacking !== undefined) return skip(lacking);
  await withPause({ macro: "FORKS" }, async (path) => {
    assert.ok(idsOf(await verify(path), "fail").includes("asleep"));
  });
});

function describe({ subjects }: Report): string {
  return subjects.flatMap(({ rows }) =>
    rows.filter(({ outcome }) => outcome !== "pass").map(({ row, found }) => `${row.id}: ${found}`)
  ).join("\n");
}

test.run();
