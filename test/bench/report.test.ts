import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Figure } from "../../bench/figure.ts";
import { figureLines, machineLine, markdownTable } from "../../bench/report.ts";

const image: Figure = {
  what: "images: buildah ÷ ours",
  value: 5.126,
  unit: "×",
  budget: { at: "least", value: 5 },
  results: [
    { who: "./make", spread: { median: 150.4, min: 140, max: 163.9, laps: 15 } },
    { who: "buildah", spread: { median: 771, min: 650, max: 1033, laps: 15 } },
  ],
};
const size: Figure = {
  what: "size",
  value: 1025,
  unit: "B",
  budget: { at: "most", value: 1024 },
};

test("a figure says whether its budget is met, and what times are behind it", () => {
  assert.equal(figureLines(image), [
    "images: buildah ÷ ours  5.13 ×  ≥ 5 ×  met",
    "    ./make: 150 ms (140 to 164, 15 laps)",
    "    buildah: 771 ms (650 to 1033, 15 laps)",
  ]);
  assert.equal(figureLines(size), ["size  1,025 B  ≤ 1,024 B  missed"]);
});

test("a budget is met by its very value, and missed beside it", () => {
  const verdict = (figure: Figure): string | undefined =>
    figureLines(figure)[0]?.split("  ").at(-1);
  assert.is(verdict({ ...size, value: 1024 }), "met");
  assert.is(verdict({ ...image, value: 5 }), "met");
  assert.is(verdict({ ...image, value: 4.99 }), "missed");
});

test("a figure without a budget is neither met nor missed", () => {
  const { budget: _none, ...bare } = size;
  assert.equal(figureLines(bare), ["size  1,025 B"]);
});

test("memory is given in whole MiB", () => {
  const memory: Figure = {
    what: "memory",
    value: 63.7,
    unit: "MiB",
    budget: { at: "most", value: 128 },
  };
  assert.equal(figureLines(memory), ["memory  64 MiB  ≤ 128 MiB  met"]);
});

test("the table for README has a row for each figure, the machine a line", () => {
  const machine = { cpu: "CPU", threads: 2, system: "Debian", tools: { buildah: "1.28.2" } };
  const report = { date: "2026-11-22", load: 0.04, machine, figures: [image, size] };
  assert.is(
    markdownTable(report),
    `| What | Measured | Budget | |
|---|---|---|---|
| images: buildah ÷ ours | 5.13 × | ≥ 5 × | met |
| size | 1,025 B | ≤ 1,024 B | missed |
`,
  );
  assert.is(
    machineLine(report),
    "2026-11-22, CPU, 2 threads, load 0.0 at the start, Debian, buildah 1.28.2",
  );
});

test.run();
