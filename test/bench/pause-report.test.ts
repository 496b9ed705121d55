import { test } from "uvu";
import * as assert from "uvu/assert";
import { figuresOf } from "../../bench/pause/figures.ts";
import {
  chartFile,
  documentBlock,
  type PauseReport,
  replaceBlock,
  terminalText,
} from "../../bench/pause/report.ts";
import { markdownTable, tableOf, textTable } from "../../bench/pause/table.ts";
import { addUp } from "../../bench/pause/orphans.ts";
import { figureLines } from "../../bench/report.ts";
import { OURS, PEER } from "./pause-findings.ts";

const report: PauseReport = {
  date: "2026-11-22",
  machine: { cpu: "CPU <1>", threads: 2, system: "Debian", tools: { gcc: "12", tini: "0.19" } },
  busy: 0.25,
  findings: [OURS, PEER],
};

/** The cells of the row that begins with `what`. */
function row(what: string): string[] | undefined {
  return tableOf(report.findings).find(([first]) => first === what)?.slice(1);
}

test("the table has a column for each contender, ours first", () => {
  assert.equal(row(""), ["pause", "tini"]);
  assert.equal(row("Bytes on disk"), ["510", "27,792"]);
  assert.equal(row("PSS asleep, KiB"), ["10.5", "189.0"]);
  assert.equal(row("… least to most"), ["8–16", "189–189"]);
  assert.equal(row("From exec to asleep, µs"), ["120", "740"]);
});

test("reaping is given for 100,000 orphans, however many there were", () => {
  assert.equal(row("Orphans reaped, in turns"), ["100,000", "50,000"]);
  assert.equal(row("Wake-ups per 100,000 orphans"), ["0", "22,000"]);
  assert.equal(row("CPU per 100,000 orphans, ms"), ["0", "480"]);
  assert.equal(row("… zombies left"), ["0", "3"]);
  assert.equal(row("… RSS after, KiB more"), ["0", "8"]);
});

test("idling is given for a minute, switches of either kind counted", () => {
  assert.equal(row("Context switches in an idle minute"), ["0", "60"]);
  assert.equal(row("… CPU, µs"), ["0", "900"]);
});

test("what there is not, or cannot be known here, is a dash and no zero", () => {
  assert.equal(row("… of its child"), ["—", "250.0"]);
  assert.equal(row("… memory, MiB"), ["68.0", "—"]);
  assert.equal(row("… of everybody, s"), ["8.0", "—"]);
});

test("a terminal gets columns with the numbers to the right", () => {
  assert.is(
    textTable([["", "a", "bcd"], ["size", "1,000", "2"]]),
    "          a  bcd\nsize  1,000    2\n",
  );
  assert.match(terminalText(report), /^Bytes on disk +510 +27,792$/m);
});

test("a Markdown table is as the formatter has it", () => {
  const rows = [["", "a"], ["size", "1,000"]];
  assert.is(markdownTable(rows, true), "|      |     a |\n| ---- | ----: |\n| size | 1,000 |\n");
  assert.is(markdownTable(rows, false), "|      | a     |\n| ---- | ----- |\n| size | 1,000 |\n");
});

test("the document names machine, day, load, resolution and every system call", () => {
  const block = documentBlock(report);
  for (
    const word of [
      "2026-11-22",
      "CPU <1>",
      "others used 25 %",
      "2.5 µs",
      "tini 0.19",
      "rt_sigaction ×2",
    ]
  ) assert.ok(block.includes(word), word);
});

test("only what stands between the marks is replaced, as often as one likes", () => {
  const document = "before\n<!-- x: begin -->\nold\n<!-- x: end -->\nafter\n";
  const once = replaceBlock(document, "x", "| new |\n");
  assert.is(once, "before\n<!-- x: begin -->\n\n| new |\n\n<!-- x: end -->\nafter\n");
  assert.is(replaceBlock(once, "x", "| new |\n"), once);
  assert.throws(() => replaceBlock(document, "y", ""), /no marks "y"/);
});

test("the chart's longest bar fills its panel, ours is the first, and nothing is drawn as nothing", () => {
  const chart = chartFile(report);
  assert.match(chart, /^<svg [^]*<\/svg>\n$/);
  assert.match(chart, /2026-11-22, CPU &lt;1>, Debian/);
  const panel = chart.slice(chart.indexOf("From exec to asleep"), chart.indexOf("System calls"));
  const widths = [...panel.matchAll(/<rect .*width="([\d.]+)"/g)].map(([, width]) => Number(width));
  const [ours = NaN, theirs = NaN, ...more] = widths;
  assert.equal(more, []);
  assert.ok(Math.abs(ours / theirs - 120.4 / 739.7) < 0.001, `${ours} / ${theirs}`);
  assert.match(chart.slice(chart.indexOf("Wake-ups to reap")), /<rect [^>]*width="0.0"/);
});

test("the chart leaves out a bar that this machine does not know", () => {
  const chart = chartFile(report);
  const crowd = chart.slice(chart.indexOf("Memory of 1,000"), chart.indexOf("From exec"));
  assert.is(crowd.match(/<rect /g)?.length, 1);
});

test("reapings add up, their growth is the greatest, and what one does not know nobody does", () => {
  const [a, b] = [{ ...PEER.reaping, everybody: 1e9 }, {
    ...PEER.reaping,
    growth: 4,
    everybody: 2e9,
  }];
  const sum = addUp([a, b]);
  assert.equal(sum, {
    orphans: 100_000,
    zombies: 6,
    growth: 8,
    voluntary: 22_000,
    involuntary: 8,
    cpu: 480e6,
    everybody: 3e9,
  });
  assert.is(addUp([a, PEER.reaping]).everybody, undefined);
});

test("one process that reaped all has rows of its own, and README speaks of it", () => {
  const endurance = { ...OURS.reaping, orphans: 1_000_000, zombies: 1 };
  const findings = { ...OURS, endurance };
  assert.equal(tableOf([findings, PEER]).find(([what]) => what === "… zombies left by it"), [
    "… zombies left by it",
    "1",
    "—",
  ]);
  const lines = figuresOf([findings]).flatMap(figureLines);
  assert.ok(lines.includes("pause after 1,000,000 orphans  1 zombies  ≤ 0 zombies  missed"));
});

test("README's figures keep their budgets, and miss them when a zombie is left", () => {
  const lines = figuresOf([OURS, { ...PEER, name: "glibc" }]).flatMap(figureLines);
  assert.ok(lines.includes("pause asleep, PSS  10.52 KiB  ≤ 12 KiB  met"), lines.join("\n"));
  assert.ok(lines.includes("PSS: glibc ÷ ours  17.97 ×"), lines.join("\n"));
  assert.ok(lines.includes("pause with 100,000 orphans  0 wake-ups  ≤ 0 wake-ups  met"));
  const [zombies] = figuresOf([PEER]).slice(-1);
  assert.equal(zombies && figureLines(zombies), [
    "pause after 50,000 orphans  3 zombies  ≤ 0 zombies  missed",
  ]);
});

test.run();
