/** What a program printed, and how it ended. */
export interface Printed {
  /** Undefined when it had not ended after {@link seconds}. */
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

/** What became of the orphans that a program adopted. */
export interface Orphans {
  /** How many it adopted. */
  readonly adopted: number;
  /** How many of them were still zombies a second after the last had ended. */
  readonly zombies: number;
  /** Whether the program was still there then. */
  readonly survived: boolean;
}

/** How a program ended on a signal. */
export interface Stopped {
  /** Milliseconds from the signal to its end, or for how long it was waited for. */
  readonly milliseconds: number;
  /** Undefined when it had not ended. */
  readonly exitCode?: number;
}
