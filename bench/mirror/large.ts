import { join } from "node:path";
import { bundleProgram } from "../../.github/release/node-bundle.ts";
import type { Figure } from "../figure.ts";
import { bigImage } from "../registry/big-image.ts";
import { onDeno, onNode } from "../registry/carrier.ts";
import { haul } from "../registry/transfer.ts";
import { MAKE, ROOT, type Stage } from "../stage.ts";

/** So few that a registry's clients all take them side by side. */
const LAYERS = 4;
const MIB = 1024 ** 2;

/** An image of few large layers from registry to registry, by our command. */
export async function large({ dir, laps }: Stage, layer: number): Promise<Figure[]> {
  const bundle = join(dir, "pause-image.mjs");
  await bundleProgram(ROOT, bundle);
  const size = LAYERS * layer;
  return await haul(
    {
      what: `${LAYERS} layers of ${layer / MIB} MiB from registry to registry`,
      size,
      image: () => bigImage(layer, LAYERS),
      deno: {
        name: "./make mirror",
        runtime: onDeno,
        carry: (from, to) => ({ command: [MAKE, "mirror", from, to] }),
      },
      node: {
        name: "pause-image mirror on Node",
        runtime: onNode,
        carry: (from, to) => onNode(bundle, "mirror", from, to),
      },
    },
    laps,
    0,
  );
}
