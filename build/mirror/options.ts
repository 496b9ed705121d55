import type { OpenForeign } from "./foreign.ts";
import type { MirrorMemory } from "./memory.ts";
import type { MirrorEvent } from "./report.ts";
import type { Subset } from "./subset.ts";

/** What a mirroring takes along, what it may replace, and who hears of it. */
export interface MirrorOptions {
  /** Some platforms of an index instead of all. @default all */
  readonly subset?: Subset;
  /** Whether what hangs on the image goes along: referrers, and cosign's tags. @default true */
  readonly referrers?: boolean;
  /**
   * Looks at everything, and at the referrers again, even where the destination's tag is right. A
   * tag counts as complete otherwise: it is written last. @default false
   */
  readonly refresh?: boolean;
  /**
   * Foreign layers are carried, from the source or else from this. Without it they stay where
   * their addresses say. See `foreignReader`.
   */
  readonly foreign?: OpenForeign;
  /** Whether a tag that names something else already is pointed at the image. @default true */
  readonly clobber?: boolean;
  /** How many requests of one destination are under way at once, ≥ 1. @default 32 */
  readonly concurrency?: number;
  /** Ends everything in good order; no tag names a part then. */
  readonly signal?: AbortSignal;
  /** Hears of everything as it happens. */
  readonly onEvent?: (event: MirrorEvent) => void;
}

/** How one image of a command is mirrored. */
export interface ImageOptions extends MirrorOptions {
  /** What is known from images that were mirrored before. @default nothing */
  readonly memory?: MirrorMemory;
}
