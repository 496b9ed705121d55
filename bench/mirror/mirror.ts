import type { Figure } from "../figure.ts";
import { roomyFolder } from "../roomy.ts";
import { type Stage, withStage } from "../stage.ts";
import { crowd } from "./crowd.ts";
import { large } from "./large.ts";

const GIB = 1024 ** 3;

/** How much is mirrored. */
interface Scale {
  readonly images: number;
  /** Bytes of each large layer. */
  readonly layer: number;
}

const FULL: Scale = { images: 100, layer: GIB };
const QUICK: Scale = { images: 10, layer: GIB / 8 };
/** Laps of the other benches; fewer are a first impression. */
const FULL_LAPS = 15;

/** What mirroring is to be good at: many small images far away, and few large layers. */
export async function mirror({ laps }: Stage): Promise<Figure[]> {
  const scale = laps < FULL_LAPS ? QUICK : FULL;
  // A lap takes skopeo minutes.
  const crowded = await withStage(
    1,
    (stage) => crowd(stage, scale.images),
    await roomyFolder(GIB),
  );
  return [
    ...crowded,
    ...await withStage(Math.ceil(laps / 10), (stage) => large(stage, scale.layer)),
  ];
}
