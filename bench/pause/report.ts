import { release } from "node:os";
import { run } from "../../build/host/process.ts";
import { describeMachine, type Machine } from "../machine.ts";
import { drawChart } from "./chart.ts";
import type { Findings } from "./findings.ts";
import { panelsOf } from "./panels.ts";
import { legendOf, markdownTable, tableOf, textTable } from "./table.ts";

/** All that a run of the pause bench found: what `--json` prints. */
export interface PauseReport {
  /** The day, `YYYY-MM-DD`, UTC. */
  readonly date: string;
  readonly machine: Machine;
  /** How much of the processors others used when it began, from 0 to 1. */
  readonly busy: number;
  readonly findings: readonly [Findings, ...Findings[]];
}

/** What a package's program says of its version, when it does: musl-gcc speaks of gcc. */
const PACKAGES: Readonly<Record<string, string>> = {
  clang: "clang-19",
  gcc: "gcc",
  glibc: "libc6-dev",
  musl: "musl-dev",
  catatonit: "catatonit",
  tini: "tini",
  "dumb-init": "dumb-init",
};

/** This machine, with the tools that take part in this bench. */
export async function describePauseMachine(): Promise<Machine> {
  const versions = Object.entries(PACKAGES).map(async ([name, pkg]) => {
    const { stdout } = await run(["dpkg-query", "-W", "-f", "${Version}", pkg]);
    return [name, stdout || "unknown"] as const;
  });
  return { ...await describeMachine(), tools: Object.fromEntries(await Promise.all(versions)) };
}

/** The table for a terminal. */
export function terminalText({ findings }: PauseReport): string {
  return textTable(tableOf(findings));
}

/** What stands between the marks of docs/pause-bench.md. */
export function documentBlock(report: PauseReport): string {
  const { findings } = report;
  const facts = Object.entries(circumstances(report)).map(([name, value]) => [name, value]);
  return [
    markdownTable(tableOf(findings), true),
    markdownTable(legendOf(findings), false),
    markdownTable([["Taken", ""], ...facts], false),
  ].join("\n");
}

/** docs/pause-bench.svg. */
export function chartFile({ date, machine, findings }: PauseReport): string {
  const subtitle = `Less is better. ${date}, ${machine.cpu}, ${machine.system}`;
  return drawChart("The pause program beside others", subtitle, panelsOf(findings));
}

function circumstances({ date, machine, busy, findings }: PauseReport): Record<string, string> {
  const [{ start, idle }] = findings;
  const tools = Object.entries(machine.tools).map(([tool, version]) => `${tool} ${version}`);
  return {
    Day: date,
    Machine: `${machine.cpu}, ${machine.threads} threads, others used ${
      Math.round(100 * busy)
    } % of them at the start`,
    System: `${machine.system}, kernel ${release()}`,
    Packages: tools.join(", "),
    Starts: `${start.starts.toLocaleString("en")} of each, in turns`,
    Resolution: `${(start.late.median / 1e3).toFixed(1)} µs (median time between two looks)`,
    Idle: `watched for ${idle.seconds} s`,
  };
}

/**
 * Puts `block` between the marks of that name.
 *
 * @throws Error when the document has no such marks
 */
export function replaceBlock(document: string, name: string, block: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->\n`, `<!-- ${name}: end -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`There are no marks "${name}" in the document.`);
  return `${document.slice(0, from + begin.length)}\n${block}\n${document.slice(to)}`;
}
