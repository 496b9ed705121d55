import type { PauseError } from "../../error.ts";
import type { NamedBase } from "../../image/plan.ts";
import type { Store, TagOrDigest } from "../../store/store.ts";
import type { Edition } from "./editions.ts";

/** Where a base is, and what it is asked for by. */
export interface BasePlace {
  readonly store: Store;
  /** The tag or the digest that the reference names. */
  readonly ref: TagOrDigest;
  /** Whether it is on a registry, which lends layers to its other repositories. */
  readonly lends: boolean;
}

/** The base of an edition, with where its layers are to be had. */
export interface EditionBase extends NamedBase {
  readonly edition: Edition;
  readonly place: BasePlace;
}

/** An edition whose base is not at hand. */
export interface Lacking {
  readonly edition: Edition;
  readonly reason: PauseError;
}

export interface Bases {
  readonly found: readonly EditionBase[];
  /** Those whose base is not locked or out of reach; Linux is built without them. */
  readonly missing: readonly Lacking[];
}
