import { describeCalls } from "./calls.ts";
import type { Findings } from "./findings.ts";
import type { Spread } from "./spread.ts";

/** Orphans that figures of reaping are given for, however many there were. */
export const PER_ORPHANS = 100_000;

const KIB = 1024;
const MIB = 1024 * KIB;

/** What a row shows of a contender; undefined when there is no such thing, or no way to know. */
type Show = (findings: Findings) => string | undefined;

const whole = (value: number): string => Math.round(value).toLocaleString("en");
const tenths = (value: number): string => value.toFixed(1);
const range = ({ min, max }: Spread): string => `${whole(min)}–${whole(max)}`;

/** A figure of reaping, for {@link PER_ORPHANS}. */
export function perOrphans({ reaping }: Findings, value: number): number {
  return value / reaping.orphans * PER_ORPHANS;
}

function perIdleMinute({ idle }: Findings, value: number): number {
  return value / idle.seconds * 60;
}

/** How often an idle one ran, whoever ended it. */
export function switchesOf({ idle }: Findings): number {
  return idle.voluntary + idle.involuntary;
}

const ROWS: readonly (readonly [what: string, Show])[] = [
  ["Bytes on disk", ({ size }) => whole(size.program)],
  ["… and of the libraries that it needs", ({ size }) => whole(size.libraries)],
  ["PSS asleep, KiB", ({ asleep }) => tenths(asleep.pss.mean)],
  ["… least to most", ({ asleep }) => range(asleep.pss)],
  ["… of its child", ({ asleep: { childPss } }) => childPss && tenths(childPss.mean)],
  ["RSS asleep, KiB", ({ asleep }) => tenths(asleep.rss.mean)],
  ["Page tables, KiB", ({ asleep }) => tenths(asleep.pageTables.mean)],
  ["System calls to sleep", ({ calls }) => whole(calls.length)],
  ["Page faults to sleep, minor", ({ start }) => whole(start.minorFaults.median)],
  ["… major", ({ start }) => whole(start.majorFaults.median)],
  ["From exec to asleep, µs", ({ start }) => whole(start.time.median / 1e3)],
  ["… least", ({ start }) => whole(start.time.min / 1e3)],
  ["Context switches in an idle minute", (all) => whole(perIdleMinute(all, switchesOf(all)))],
  ["… CPU, µs", (all) => whole(perIdleMinute(all, all.idle.cpu) / 1e3)],
  ["Orphans reaped, in turns", ({ reaping }) => whole(reaping.orphans)],
  ["… zombies left", ({ reaping }) => whole(reaping.zombies)],
  ["… RSS after, KiB more", ({ reaping }) => whole(reaping.growth)],
  ["Wake-ups per 100,000 orphans", (all) => whole(perOrphans(all, all.reaping.voluntary))],
  ["CPU per 100,000 orphans, ms", (all) => whole(perOrphans(all, all.reaping.cpu) / 1e6)],
  ["… of everybody, s", (all) => {
    const { everybody } = all.reaping;
    return everybody === undefined ? undefined : tenths(perOrphans(all, everybody) / 1e9);
  }],
  ["Orphans of one process", ({ endurance }) => endurance && whole(endurance.orphans)],
  ["… zombies left by it", ({ endurance }) => endurance && whole(endurance.zombies)],
  ["… its RSS after, KiB more", ({ endurance }) => endurance && whole(endurance.growth)],
  ["… its wake-ups", ({ endurance }) => endurance && whole(endurance.voluntary)],
  ["Many at once", ({ crowd }) => whole(crowd.count)],
  ["… memory, MiB", ({ crowd: { memory } }) => memory && tenths(memory.total / MIB)],
  ["… of which the kernel's", ({ crowd: { memory } }) => memory && tenths(memory.kernel / MIB)],
  ["… each, KiB", ({ crowd: { memory, count } }) => memory && tenths(memory.total / count / KIB)],
  ["… sum of PSS without children, MiB", ({ crowd }) => tenths(crowd.pss / KIB)],
];

/** Every figure, a row for each and a column for each contender; the first column says what. */
export function tableOf(findings: readonly Findings[]): string[][] {
  return [
    ["", ...findings.map(({ name }) => name)],
    ...ROWS.map(([what, show]) => [what, ...findings.map((each) => show(each) ?? "—")]),
  ];
}

/** What each contender is, and what it does before it sleeps. */
export function legendOf(findings: readonly Findings[]): string[][] {
  return [
    ["", "What it is", "How it reaps", "System calls from execve to asleep"],
    ...findings.map(({ name, what, reaps, calls }) => [name, what, reaps, describeCalls(calls)]),
  ];
}

/** A table for a terminal: numbers to the right. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = widthsOf(rows);
  return rows.map((row) => `${row.map((cell, at) => aligned(cell, at, widths)).join("  ")}\n`)
    .map((line) => line.trimEnd() + "\n").join("");
}

/** The same in Markdown, as `deno fmt` has it. */
export function markdownTable(rows: readonly (readonly string[])[], numbers: boolean): string {
  const widths = widthsOf(rows).map((width) => Math.max(width, 3));
  const [head = [], ...body] = rows;
  const rule = widths.map((width, at) =>
    numbers && at > 0 ? `${"-".repeat(width - 1)}:` : "-".repeat(width)
  );
  return [head, rule, ...body].map((row) => {
    const cells = row.map((cell, at) =>
      numbers ? aligned(cell, at, widths) : cell.padEnd(widths[at] ?? 0)
    );
    return `| ${cells.join(" | ")} |\n`;
  }).join("");
}

function aligned(cell: string, at: number, widths: readonly number[]): string {
  const width = widths[at] ?? 0;
  return at === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  return (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
}
