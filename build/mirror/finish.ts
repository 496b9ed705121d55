import { PauseError } from "../error.ts";
import type { Store } from "../store/store.ts";
import type { Delivery, Mirrored, MirrorEvent } from "./report.ts";

/** An image, and the stores that its deliveries went to, in their order. */
export interface Voyaged {
  readonly mirrored: Mirrored;
  readonly stores: readonly Store[];
}

/**
 * Ends the writing. An archive appears when all images have arrived in it, and is else what it was,
 * whatever becomes of the other destinations.
 *
 * @param archives the stores among `stores` that are written whole
 * @param images how many were asked for
 * @returns why a store has not what was delivered to it
 * @throws PauseError `interrupted`
 */
export async function finish(
  stores: ReadonlySet<Store>,
  archives: ReadonlySet<Store>,
  voyaged: readonly Voyaged[],
  images: number,
): Promise<ReadonlyMap<Store, PauseError>> {
  const failures = new Map<Store, PauseError>();
  for (const store of stores) {
    const arrived = voyaged.filter((one) => hasArrived(one, store)).length;
    if (arrived === 0) continue;
    if (archives.has(store) && arrived < images) {
      failures.set(store, incomplete(store, arrived, images));
      continue;
    }
    try {
      await store.commit();
    } catch (error) {
      if (!(error instanceof PauseError) || error.code === "interrupted") throw error;
      failures.set(store, error);
    }
  }
  return failures;
}

function hasArrived({ mirrored, stores }: Voyaged, store: Store): boolean {
  const deliveries = mirrored.deliveries.filter((_, at) => stores[at] === store);
  return deliveries.length > 0 && deliveries.every(({ error }) => error === undefined);
}

function incomplete({ name }: Store, arrived: number, images: number): PauseError {
  return new PauseError(
    "storage",
    `Cannot write ${name}: ${arrived} of ${images} images arrived, and an archive is written whole. It is what it was; run the command again.`,
  );
}

/**
 * What became of the images, those that are not there after all counted as failed.
 * @param tell is told of each of these, which it heard of as delivered
 */
export function corrected(
  voyaged: readonly Voyaged[],
  failures: ReadonlyMap<Store, PauseError>,
  tell: (event: MirrorEvent) => void = () => {},
): Mirrored[] {
  return voyaged.map(({ mirrored, stores }) => ({
    ...mirrored,
    deliveries: mirrored.deliveries.map((delivery, at): Delivery => {
      const store = stores[at];
      const error = store && failures.get(store);
      if (error === undefined || delivery.outcome === "failed") return delivery;
      const { destination, pieces, bytes } = delivery;
      const failed: Delivery = { destination, pieces, bytes, outcome: "failed", error };
      tell({ type: "delivered", source: mirrored.source, delivery: failed });
      return failed;
    }),
  }));
}
