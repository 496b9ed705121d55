import type { Panel } from "./chart.ts";
import type { Findings } from "./findings.ts";
import { PER_ORPHANS, perOrphans } from "./table.ts";

interface Axis {
  readonly title: (first: Findings) => string;
  readonly unit: string;
  /** Digits after the point. */
  readonly digits: number;
  /** undefined where this machine does not tell. */
  readonly value: (findings: Findings) => number | undefined;
}

const COUNT = PER_ORPHANS.toLocaleString("en");

const AXES: readonly Axis[] = [
  {
    title: () => "Memory of one, asleep",
    unit: "KiB, proportional set size, without children",
    digits: 1,
    value: ({ asleep }) => asleep.pss.mean,
  },
  {
    title: ({ crowd }) => `Memory of ${crowd.count.toLocaleString("en")} at once`,
    unit: "MiB, control group, with children and the kernel's share",
    digits: 1,
    value: ({ crowd }) => crowd.memory && crowd.memory.total / 1024 / 1024,
  },
  {
    title: () => "From exec to asleep",
    unit: "µs, median",
    digits: 0,
    value: ({ start }) => start.time.median / 1e3,
  },
  {
    title: () => "System calls from exec to asleep",
    unit: "calls",
    digits: 0,
    value: ({ calls }) => calls.length,
  },
  {
    title: () => `Wake-ups to reap ${COUNT} orphans`,
    unit: "voluntary context switches of the first process",
    digits: 0,
    value: (findings) => perOrphans(findings, findings.reaping.voluntary),
  },
  {
    title: () => `CPU to reap ${COUNT} orphans`,
    unit: "ms, of the first process",
    digits: 0,
    value: (findings) => perOrphans(findings, findings.reaping.cpu) / 1e6,
  },
];

/** The panels of the chart, those whose figures this machine tells. */
export function panelsOf(findings: readonly [Findings, ...Findings[]]): Panel[] {
  return AXES.map(({ title, unit, digits, value }) => ({
    title: title(findings[0]),
    unit,
    bars: findings.flatMap((each) => {
      const found = value(each);
      return found === undefined
        ? []
        : [{ name: each.name, value: found, label: label(found, digits) }];
    }),
  })).filter(({ bars }) => bars.length > 0);
}

function label(value: number, digits: number): string {
  return value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
