import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { SIZE } from "./budgets.ts";
import type { Figure } from "./figure.ts";
import { timed } from "./race.ts";
import { ours, type Stage } from "./stage.ts";

/** The bytes of every Linux program, as `build` leaves them. */
export async function sizes(stage: Stage): Promise<Figure[]> {
  await timed(ours(stage, "build"));
  const bin = join(stage.dir, "bin");
  const names = (await readdir(bin)).filter((name) => name.startsWith("pause-")).sort();
  return await Promise.all(names.map(async (name) => {
    const arch = name.slice("pause-".length);
    const { size } = await stat(join(bin, name));
    return { what: `size of ${name}`, value: size, unit: "B", budget: SIZE[arch] ?? SIZE.other };
  }));
}
