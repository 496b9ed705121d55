import type { Panel } from "./chart.ts";
import type { Findings } from "./findings.ts";
import { PER_ORPHANS, perOrphans } from "./table.ts";

interface Axis {
  readonly title: (first: Findings) => string;
  readonly unit: string;
  /** undefined where this machine does not tell. */
  readonly value: (findings: Findings) => number | undefined;
}

const COUNT = PER_ORPHANS.toLocaleString("en");

const AXES: readonly Axis[] = [
  {
    title: () => "Memory of one, asleep",
    unit: "KiB, proportional set size, without children",
    value: ({ asleep }) => asleep.pss.median,
  },
  {
    title: ({ crowd }) => `Memory of ${crowd.count.toLocaleString("en")} at once`,
    unit: "MiB, control group, with children and the kernel's share",
    value: ({ crowd }) => crowd.memory && crowd.memory.total / 1024 / 1024,
  },
  {
    title: () => "From exec to asleep",
    unit: "µs, median",
    value: ({ start }) => start.time.median / 1e3,
  },
  {
    title: () => "System calls from exec to asleep",
    unit: "calls",
    value: ({ calls }) => calls.length,
  },
  {
    title: () => `Wake-ups to reap ${COUNT} orphans`,
    unit: "voluntary context switches of the first process",
    value: (findings) => perOrphans(findings, findings.reaping.voluntary),
  },
  {
    title: () => `CPU to reap ${COUNT} orphans`,
    unit: "ms, of the first process",
    value: (findings) => perOrphans(findings, findings.reaping.cpu) / 1e6,
  },
];

/** The panels of the chart, those whose figures this machine tells. */
export function panelsOf(findings: readonly [Findings, ...Findings[]]): Panel[] {
  return AXES.map(({ title, unit, value }) => ({
    title: title(findings[0]),
    unit,
    bars: findings.flatMap((each) => {
      const found = value(each);
      return found === undefined ? [] : [{ name: each.name, value: found, label: label(found) }];
    }),
  })).filter(({ bars }) => bars.length > 0);
}

function label(value: number): string {
  const digits = value !== 0 && value < 10 && !Number.isInteger(value) ? 1 : 0;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}
