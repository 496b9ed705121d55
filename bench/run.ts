import { loadavg } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { EXIT_CODES, reason } from "../build/error.ts";
import { writeWhole } from "../build/host/files.ts";
import { compile, noop } from "./compile.ts";
import type { Figure } from "./figure.ts";
import { image } from "./image.ts";
import { describeMachine } from "./machine.ts";
import { mirror } from "./mirror/mirror.ts";
import { pause, runPauseBench } from "./pause/run.ts";
import { push } from "./push.ts";
import { registry } from "./registry/registry.ts";
import { figureLines, machineLine, type Report } from "./report.ts";
import { sizes } from "./sizes.ts";
import { type Stage, withStage } from "./stage.ts";

const RESULTS = join(dirname(fileURLToPath(import.meta.url)), "results.json");
const LAPS = 15;
const QUICK_LAPS = 3;

const BENCHES: Readonly<Record<string, (stage: Stage) => Promise<Figure[]>>> = {
  sizes,
  compile,
  noop,
  image,
  push,
  registry,
  mirror,
  pause,
};

const USAGE = `Usage: ./make bench [NAME…] [--quick] [--json] [--save]

  NAME     ${Object.keys(BENCHES).join(", ")}; all of them when none is named
  --quick  ${QUICK_LAPS} laps in place of ${LAPS}: a first impression
  --json   the figures as JSON, and nothing else on stdout
  --save   keep the figures in bench/results.json, of which README's table is made

Exit code 0: all ran, whether budgets are met or missed. 1: something did not run. 3: wrong words.`;

interface Arguments {
  readonly names: readonly string[];
  readonly laps: number;
  readonly json: boolean;
  readonly save: boolean;
  readonly help: boolean;
}

/** @throws Error saying what is wrong with the words */
function readArguments(words: string[]): Arguments {
  const flag = { type: "boolean", default: false } as const;
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { quick: flag, json: flag, save: flag, help: { ...flag, short: "h" } },
  });
  const unknown = positionals.find((name) => !Object.hasOwn(BENCHES, name));
  if (unknown !== undefined) throw new Error(`There is no bench "${unknown}".`);
  if (values.save && (values.quick || positionals.length > 0)) {
    throw new Error("--save keeps a whole run: leave out --quick and names.");
  }
  return {
    ...values,
    names: positionals.length > 0 ? positionals : Object.keys(BENCHES),
    laps: values.quick ? QUICK_LAPS : LAPS,
  };
}

/** Runs the benches one after the other. What fails is told, and the rest goes on. */
async function measure({ names, laps, json }: Arguments): Promise<[Figure[], failed: boolean]> {
  const figures: Figure[] = [];
  let failed = false;
  for (const name of names) {
    try {
      const found = await withStage(laps, (stage) => BENCHES[name]?.(stage) ?? Promise.resolve([]));
      figures.push(...found);
      if (!json) console.log(found.flatMap(figureLines).join("\n"));
    } catch (error) {
      failed = true;
      console.error(`${name} did not run: ${reason(error)}`);
    }
  }
  return [figures, failed];
}

async function main(words: string[]): Promise<number> {
  // Alone, it has a table and files of its own to keep.
  const isFlag = (word: string): boolean => word.startsWith("-");
  if (words.filter((word) => !isFlag(word)).join() === "pause") {
    return await runPauseBench(words.filter(isFlag));
  }
  let wanted: Arguments;
  try {
    wanted = readArguments(words);
  } catch (error) {
    console.error(`${reason(error)}\n\n${USAGE}`);
    return EXIT_CODES.usage;
  }
  if (wanted.help) console.log(USAGE);
  return wanted.help ? 0 : await report(wanted);
}

async function report(wanted: Arguments): Promise<number> {
  const date = new Date().toISOString().slice(0, "2026-01-01".length);
  const load = loadavg()[0] ?? NaN;
  const circumstances = { date, load, machine: await describeMachine() };
  if (!wanted.json) console.log(machineLine(circumstances));
  const [figures, failed] = await measure(wanted);
  const report: Report = { ...circumstances, figures };
  const text = `${JSON.stringify(report, undefined, 2)}\n`;
  if (wanted.json) process.stdout.write(text);
  if (wanted.save && !failed) await writeWhole(RESULTS, text);
  return failed ? EXIT_CODES.internal : 0;
}

process.exitCode = await main(process.argv.slice(2));
