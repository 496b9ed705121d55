import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { COMPILE, NOOP } from "./budgets.ts";
import { type Figure, ratio } from "./figure.ts";
import { race, type Racer, timed } from "./race.ts";
import { clear, ours, output, PARALLEL, type Stage } from "./stage.ts";

/** `all` from clean beside its own compiler commands, run by nothing but xargs. */
export async function compile(stage: Stage): Promise<Figure[]> {
  const commands = join(stage.dir, "commands");
  await writeFile(commands, await output(ours(stage, "-n", "build")));
  const fromClean = (name: string, ...words: string[]): Racer => ({
    name,
    lap: async (time) => {
      await clear(stage);
      await time(ours(stage, "all", ...words));
    },
  });
  const xargs = ["xargs", "-a", commands, "-d", "\n", "-n", "1", "-P", `${PARALLEL}`] as const;
  const peer: Racer = {
    name: `compilers under xargs -P${PARALLEL}`,
    lap: async (time) => {
      await clear(stage);
      await mkdir(join(stage.dir, "bin"));
      await time({ command: [...xargs, "sh", "-c"], cwd: stage.dir });
    },
  };
  const [bare, attaching, theirs] = await race([
    fromClean("./make all ATTACH=none", "ATTACH=none"),
    fromClean("./make all"),
    peer,
  ], stage.laps);
  const unit = "×";
  return [
    {
      what: "all from clean ÷ its compiler commands alone",
      value: ratio(bare, theirs),
      unit,
      budget: COMPILE,
      results: [bare, theirs],
    },
    {
      what: "all that attaches SBOMs and provenance ÷ the same without",
      value: ratio(attaching, bare),
      unit,
      results: [attaching, bare],
    },
  ];
}

/** A second `all`, with nothing to do. */
export async function noop(stage: Stage): Promise<Figure[]> {
  const all = ours(stage, "all");
  await timed(all);
  const results = await race([{ name: "./make all", lap: (time) => time(all) }], stage.laps);
  const value = results[0].spread.median;
  return [{ what: "all with nothing to do", value, unit: "ms", budget: NOOP, results }];
}
