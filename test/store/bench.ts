import type { ErrorCode } from "../../build/error.ts";
import type { Store } from "../../build/store/store.ts";

/** A place made for one test. */
export interface Bench {
  /** Writes and reads; empty. */
  readonly store: Store;
  /** The same place, looked at anew: nothing of `store`'s memory is left. After `store.commit()`. */
  readonly reopen: () => Promise<Store>;
  /** Takes the place down. */
  readonly dispose?: () => Promise<void>;
}

/** What stores do, by the sentence that names the test. */
export type Behaviour = Readonly<Record<string, (bench: Bench) => Promise<void>>>;

/** The codes of the error for what is not there. */
export const NOT_THERE: readonly ErrorCode[] = ["storage", "registry"];
