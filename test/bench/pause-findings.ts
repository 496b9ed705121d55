import type { Findings } from "../../bench/pause/findings.ts";

const same = (value: number): Findings["start"]["time"] => ({
  min: value,
  median: value,
  max: value,
  mean: value,
});

/** Findings that are easy to tell from one another, for tests of what is made of them. */
export const OURS: Findings = {
  name: "pause",
  what: "ours",
  reaps: "the kernel",
  size: { program: 510, libraries: 0 },
  asleep: {
    pss: { min: 8, median: 12, max: 16, mean: 10.52 },
    rss: same(12),
    pageTables: same(24),
  },
  calls: ["getpid", "rt_sigaction", "rt_sigaction", "pause"],
  start: {
    time: { min: 80_000, median: 120_400, max: 900_000, mean: 130_000 },
    late: same(2500),
    minorFaults: same(6),
    majorFaults: same(0),
    starts: 1000,
  },
  idle: { seconds: 10, voluntary: 0, involuntary: 0, cpu: 0 },
  reaping: {
    orphans: 100_000,
    zombies: 0,
    growth: 0,
    voluntary: 0,
    involuntary: 0,
    cpu: 0,
    everybody: 8e9,
  },
  crowd: {
    count: 1000,
    memory: { total: 68 * 1024 * 1024, kernel: 61 * 1024 * 1024 },
    rss: same(12),
    pss: 7000,
  },
};

/** A peer with a child that wakes up, on a machine without accounting. */
export const PEER: Findings = {
  ...OURS,
  name: "tini",
  what: "an init",
  reaps: "a loop",
  size: { program: 27_792, libraries: 2_141_232 },
  asleep: { ...OURS.asleep, pss: same(189), childPss: same(250) },
  start: { ...OURS.start, time: same(739_700) },
  idle: { seconds: 10, voluntary: 9, involuntary: 1, cpu: 150_000 },
  reaping: {
    orphans: 50_000,
    zombies: 3,
    growth: 8,
    voluntary: 11_000,
    involuntary: 4,
    cpu: 240e6,
  },
  crowd: { count: 1000, rss: same(1300), pss: 20_000 },
};
