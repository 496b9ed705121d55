import { loadavg } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { EXIT_CODES, reason } from "../build/error.ts";
import { compile, noop } from "./compile.ts";
import type { Figure } from "./figure.ts";
import { image } from "./image.ts";
import { describeMachine } from "./machine.ts";
import { mirror } from "./mirror/mirror.ts";
import { pause, runPauseBench } from "./pause/run.ts";
import { push } from "./push.ts";
import { registry } from "./registry/registry.ts";
import { figureLines, machineLine, type Report } from "./report.ts";
import { keepResults, type Results } from "./results.ts";
import { sizes } from "./sizes.ts";
import { type Stage, withStage } from "./stage.ts";

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
  --json   the figures as JSON by bench, and nothing else on stdout
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
  if (values.save && values.quick) throw new Error("--save keeps all laps: leave out --quick.");
  return {
    ...values,
    names: positionals.length > 0 ? positionals : Object.keys(BENCHES),
    laps: values.quick ? QUICK_LAPS : LAPS,
  };
}

/** Runs the benches one after the other. What fails is told, and the rest goes on. */
async function measure({ names, laps, json }: Arguments): Promise<[Results, failed: boolean]> {
  const runs: Record<string, Report> = {};
  let failed = false;
  const machine = await describeMachine();
  for (const name of names) {
    const date = new Date().toISOString().slice(0, "2026-01-01".length);
    const circumstances = { date, load: loadavg()[0] ?? NaN, machine };
    if (!json) console.log(`${name}: ${machineLine(circumstances)}`);
    try {
      const figures = await withStage(
        laps,
        (stage) => BENCHES[name]?.(stage) ?? Promise.resolve([]),
      );
      runs[name] = { ...circumstances, figures };
      if (!json) console.log(figures.flatMap(figureLines).join("\n"));
    } catch (error) {
      failed = true;
      console.error(`${name} did not run: ${reason(error)}`);
    }
  }
  return [runs, failed];
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
  const [runs, failed] = await measure(wanted);
  if (wanted.json) process.stdout.write(`${JSON.stringify(runs, undefined, 2)}\n`);
  if (wanted.save && !failed) await keepResults(runs, Object.keys(BENCHES));
  return failed ? EXIT_CODES.internal : 0;
}

process.exitCode = await main(process.argv.slice(2));
