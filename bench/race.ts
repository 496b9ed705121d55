import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { commandLine } from "../build/host/process.ts";

/** A command to be timed, as often as it takes. */
export interface Contender {
  readonly command: readonly [string, ...string[]];
  readonly cwd?: string;
  /** What the environment has beyond ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the process's number once it runs, to look at it meanwhile. */
  readonly onStart?: (pid: number) => void;
}

/** Puts a command on the clock, and waits for its end. */
export type Time = (contender: Contender) => Promise<void>;

/** One way of doing a job. */
export interface Racer {
  readonly name: string;
  /** Prepares a lap, times one command, and clears up: only the command is on the clock. */
  readonly lap: (time: Time) => Promise<void>;
}

/** Wall times in milliseconds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly laps: number;
}

/** What a racer took. */
export interface Result {
  readonly who: string;
  readonly spread: Spread;
}

/**
 * Times the racers lap by lap, in turns, so that what else the machine does meets all of them. The
 * first lap warms caches and is not counted.
 *
 * @param laps counted laps, ≥ 1
 * @param warmUps laps before those, ≥ 0: none where a lap takes minutes, which no cache matters to
 * @returns the result of each racer, in their order
 * @throws Error when a command exits with anything but 0
 */
export async function race<const Racers extends readonly Racer[]>(
  racers: Racers,
  laps: number,
  warmUps = 1,
): Promise<{ -readonly [Index in keyof Racers]: Result }> {
  const lanes = racers.map((racer) => ({ racer, times: [] as number[] }));
  for (let lap = 0; lap < warmUps + laps; lap++) {
    // Who starts changes from lap to lap: none has the other's warm caches alone.
    for (const { racer, times } of lap % 2 === 0 ? lanes : lanes.toReversed()) {
      const time = await runLap(racer);
      if (lap >= warmUps) times.push(time);
    }
  }
  const results = lanes.map(({ racer: { name }, times }) => ({ who: name, spread: spread(times) }));
  return results as { -readonly [Index in keyof Racers]: Result };
}

async function runLap(racer: Racer): Promise<number> {
  let measured = NaN;
  await racer.lap(async (contender) => {
    measured = await timed(contender);
  });
  return measured;
}

/**
 * The wall time of a command, in milliseconds.
 *
 * It starts the process itself: the shell that the builder's own `run` puts before each command
 * would be on the clock.
 */
export async function timed({ command, cwd, env, onStart }: Contender): Promise<number> {
  const [program, ...words] = command;
  const start = performance.now();
  const child = spawn(program, words, {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid !== undefined) onStart?.(child.pid);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => said += text);
  }
  const [exitCode] = await once(child, "close") as [number | null];
  const time = performance.now() - start;
  if (exitCode === 0) return time;
  throw new Error(`"${commandLine(command)}" exited with ${exitCode}:\n${said.trimEnd()}`);
}

function spread(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (index: number): number => sorted[index] ?? NaN;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
    laps: sorted.length,
  };
}
