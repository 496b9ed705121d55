import type { Owner } from "./draft.ts";
import type { Entry } from "./entry.ts";

/** One entry of a layer; its path is absolute, normalised, and not the root. */
export type LayerFile = Entry & Owner;
