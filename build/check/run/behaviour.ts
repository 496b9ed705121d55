/** What a program printed, and how it ended. */
export interface Printed {
  /** Undefined when it did not end by itself. */
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program did while there was nothing to do. */
export interface Idle {
  /** How long it was watched, in milliseconds. */
  readonly milliseconds: number;
  /** Its exit code when it ended meanwhile. */
  readonly ended?: number;
  /** Its state, as in proc(5): S is asleep. */
  readonly state: string;
  /** How much processor time it took meanwhile, in clock ticks of 10 ms. */
  readonly ticks: number;
  /** How often it woke up meanwhile. */
  readonly wakeUps: number;
}

/** What became of orphans. */
export interface Orphans {
  /** How many the program adopted. */
  readonly adopted: number;
  /** How many of them were still zombies a second after the last had ended. */
  readonly zombies: number;
}

/** How a program ended on a signal. */
export interface Stopped {
  /** Milliseconds from the signal to its end, or for how long it was waited for. */
  readonly milliseconds: number;
  /** Undefined when it had not ended. */
  readonly exitCode?: number;
}

/** Whether a program did something while there was nothing to do, or ended. */
export function isRestless({ ended, state, ticks, wakeUps }: Idle): boolean {
  return ended !== undefined || state !== "S" || ticks > 0 || wakeUps > 0;
}
