import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { isForeign } from "../../oci/foreign.ts";
import type { Store } from "../../store/store.ts";
import type { EditionBase } from "./edition-base.ts";
import type { Images } from "../workshop.ts";

/** The layers of bases, which nobody has fetched yet. Foreign ones stay where they are. */
export interface Borrowed {
  readonly layers: readonly Descriptor[];
  /** Where each is to be had. */
  readonly stores: ReadonlyMap<Digest, Store>;
  readonly lent: Images["lent"];
}

export function borrowedFrom(bases: readonly EditionBase[]): Borrowed {
  const layers = bases.flatMap((base) =>
    base.image.layers.filter((layer) => !isForeign(layer)).map((layer) => ({ layer, base }))
  );
  return {
    layers: layers.map(({ layer }) => layer),
    stores: new Map(layers.map(({ layer, base }) => [layer.digest, base.place.store])),
    lent: Object.fromEntries(
      layers.filter(({ base }) => base.place.lends)
        .map(({ layer: { digest }, base: { name } }) => [digest, name]),
    ),
  };
}
