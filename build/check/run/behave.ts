import { availableParallelism } from "node:os";
import { basename } from "node:path";
import pLimit from "p-limit";
import { sha256 } from "../../oci/digest.ts";
import { executorOf } from "./emulator.ts";
import type { Gathering } from "../gather.ts";
import { BEHAVIOURS, observe, type Observed, type Subject } from "./observe.ts";
import { judge, type Row } from "../row.ts";

/** Has programs run, each once, a few at a time. */
export type Watch = (subject: Subject) => Promise<Observed>;

/** A watch that remembers what it saw: several platforms may have one program. */
export function watcher(signal?: AbortSignal): Watch {
  const seen = new Map<string, Promise<Observed>>();
  const atOnce = pLimit(Math.max(2, availableParallelism()));
  return (subject) => {
    const { program, ...words } = subject;
    const key = JSON.stringify([sha256(program), words]);
    const known = seen.get(key) ?? atOnce(() => observe(subject, signal));
    seen.set(key, known);
    return known;
  };
}

/** The rows without which nothing is run: they say why it could not be. */
const RUNNABLE: ReadonlySet<string> = new Set(["elf", "machine", "static", "start", "executable"]);

/**
 * Has the program run, and notes what it did.
 *
 * @param rows those that can be judged by now
 * @returns what it ran on: `native`, or QEMU's program. Undefined when it was not run
 */
export async function behave(
  facts: Gathering,
  rows: readonly Row[],
  watch: Watch,
): Promise<string | undefined> {
  const { program, platform, config } = facts.known;
  if (!program || !platform || platform.os !== "linux") {
    return lack(facts, facts.unknown.program ?? "there is no program");
  }
  const bad = judge(rows.filter(({ id }) => RUNNABLE.has(id)), facts)
    .find(({ outcome }) => outcome !== "pass");
  if (bad) return lack(facts, `it was not run, because "${bad.row.id}" does not pass`);
  const executor = executorOf(platform);
  if ("missing" in executor) return lack(facts, executor.missing);
  const emulator = "emulator" in executor ? executor.emulator : undefined;
  const { Entrypoint = [], Cmd = [] } = config?.config ?? {};
  const { known, missing } = await watch({
    program,
    arguments: [...Entrypoint, ...Cmd].slice(1),
    ownArguments: Entrypoint.slice(1),
    ...(emulator && { emulator }),
  });
  Object.assign(facts.known, known);
  lack(facts, missing);
  if (Object.keys(known).length === 0) return undefined;
  return emulator === undefined ? "native" : basename(emulator[0]);
}

function lack(facts: Gathering, why: string): undefined {
  for (const name of BEHAVIOURS) if (!(name in facts.known)) facts.unknown[name] = why;
}
