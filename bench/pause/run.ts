import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { EXIT_CODES, reason } from "../../build/error.ts";
import { writeWhole } from "../../build/host/files.ts";
import type { Figure } from "../figure.ts";
import { machineLine } from "../report.ts";
import { output, type Stage, withStage } from "../stage.ts";
import { busyShare } from "./busy.ts";
import { FULL, measureAll, QUICK } from "./bench.ts";
import { figuresOf } from "./figures.ts";
import {
  chartFile,
  describePauseMachine,
  documentBlock,
  type PauseReport,
  replaceBlock,
  terminalText,
} from "./report.ts";

const DOCS = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "docs");

const USAGE = `Usage: ./make bench pause [--quick] [--json] [--save]

  --quick  few starts and orphans: a first impression
  --json   everything that was found, as JSON, and nothing else on stdout
  --save   write docs/pause-bench.md's table and docs/pause-bench.svg anew

It needs root, and the packages of test/setup.sh.

Exit code 0: it ran. 1: it did not. 3: wrong words.`;

/** The pause bench as one of all benches: what README may claim. Fewer laps are a quick one. */
export async function pause(stage: Stage): Promise<Figure[]> {
  return figuresOf(await measureAll(stage, stage.laps < 15 ? QUICK : FULL, tell));
}

/** The pause bench alone, with everything that it finds. @returns the exit code */
export async function runPauseBench(words: string[]): Promise<number> {
  const flag = { type: "boolean", default: false } as const;
  const options = { quick: flag, json: flag, save: flag, help: { ...flag, short: "h" } } as const;
  let wanted: { quick: boolean; json: boolean; save: boolean; help: boolean };
  try {
    wanted = parseArgs({ args: words, options }).values;
    if (wanted.save && wanted.quick) {
      throw new Error("--save keeps a whole run: leave out --quick.");
    }
  } catch (error) {
    console.error(`${reason(error)}\n\n${USAGE}`);
    return EXIT_CODES.usage;
  }
  if (wanted.help) console.log(USAGE);
  if (wanted.help) return 0;
  try {
    await report(wanted);
    return 0;
  } catch (error) {
    console.error(`pause did not run: ${reason(error)}`);
    return EXIT_CODES.internal;
  }
}

async function report(wanted: { quick: boolean; json: boolean; save: boolean }): Promise<void> {
  const date = new Date().toISOString().slice(0, "2026-01-01".length);
  const busy = await busyShare(wanted.quick ? 100 : 3000);
  const machine = await describePauseMachine();
  if (!wanted.json) console.log(machineLine({ date, machine }));
  const effort = wanted.quick ? QUICK : FULL;
  const findings = await withStage(1, (stage) => measureAll(stage, effort, tell));
  const report: PauseReport = { date, machine, busy, findings };
  if (wanted.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else console.log(`\n${terminalText(report).trimEnd()}`);
  if (wanted.save) await save(report);
}

async function save(report: PauseReport): Promise<void> {
  const document = join(DOCS, "pause-bench.md");
  const text = await readFile(document, "utf8");
  await writeWhole(document, replaceBlock(text, "pause-bench", documentBlock(report)));
  const chart = join(DOCS, "pause-bench.svg");
  await writeWhole(chart, chartFile(report));
  // Both are held to the style of everything else.
  await output({ command: [process.execPath, "fmt", "--quiet", document, chart] });
}

/** On stderr, for whoever waits. */
function tell(step: string): void {
  console.error(`bench pause: ${step}`);
}
