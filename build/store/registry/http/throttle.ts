/** How many requests one host gets at a time. */
export interface Throttle {
  /**
   * Waits for a turn.
   * @returns ends it, once; what came of the request decides how many go side by side from now on
   * @throws the signal's reason
   */
  enter(signal: AbortSignal | undefined): Promise<(outcome: Outcome) => void>;
}

/** `busy`: the host said that it is too much. `lost`: there was no answer, which says nothing. */
export type Outcome = "good" | "busy" | "lost";

/** How it stands with one host. */
interface Load {
  readonly most: number;
  limit: number;
  underWay: number;
  /** How often the host has said that it is too much. */
  age: number;
  readonly waiting: (() => void)[];
}

/**
 * Lets `most` requests go side by side. Each time that the host says that it is too much halves
 * that, and each answer that it gives then adds a little, one after as many as go side by side.
 *
 * @param most ≥ 1
 */
export function throttle(most: number): Throttle {
  const load: Load = { most, limit: most, underWay: 0, age: 0, waiting: [] };
  return {
    async enter(signal) {
      await turn(load, signal);
      const { age } = load;
      let over = false;
      return (outcome) => {
        if (!over) leave(load, age, outcome);
        over = true;
      };
    },
  };
}

async function turn(load: Load, signal: AbortSignal | undefined): Promise<void> {
  const { waiting } = load;
  await new Promise<void>((resolve, reject) => {
    const go = (): void => {
      signal?.removeEventListener("abort", stop);
      resolve();
    };
    const stop = (): void => {
      waiting.splice(waiting.indexOf(go), 1);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", stop);
    waiting.push(go);
    admit(load);
  });
}

function admit(load: Load): void {
  while (load.waiting.length > 0 && load.underWay < Math.floor(load.limit)) {
    load.underWay++;
    load.waiting.shift()?.();
  }
}

function leave(load: Load, age: number, outcome: Outcome): void {
  load.underWay--;
  // Requests that went out together are refused together: that is one sign, not many.
  if (outcome === "busy" && age === load.age) {
    load.age++;
    load.limit = Math.max(1, load.limit / 2);
  }
  if (outcome === "good") load.limit = Math.min(load.most, load.limit + 1 / load.limit);
  admit(load);
}
