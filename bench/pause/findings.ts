import type { Asleep } from "./asleep.ts";
import type { Crowd } from "./crowd.ts";
import type { Idle } from "./idle.ts";
import type { Reaping } from "./orphans.ts";
import type { Size } from "./size.ts";
import type { StartTimes } from "./start.ts";

/** All that was found of one contender. */
export interface Findings {
  readonly name: string;
  readonly what: string;
  readonly reaps: string;
  readonly size: Size;
  readonly asleep: Asleep;
  /** The names of the system calls from execve to asleep. */
  readonly calls: readonly string[];
  readonly start: StartTimes;
  readonly idle: Idle;
  /** All contenders in turns, each lap with a new process. */
  readonly reaping: Reaping;
  /** One process to the end. Ours alone: it takes long. */
  readonly endurance?: Reaping;
  readonly crowd: Crowd;
}
