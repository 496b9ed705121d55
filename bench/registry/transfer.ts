import { TRANSFER, TRANSFER_MEMORY } from "../budgets.ts";
import { type Figure, ratio } from "../figure.ts";
import { race, type Result } from "../race.ts";
import { roomyFolder } from "../roomy.ts";
import { type Stage, withStage } from "../stage.ts";
import { type BigImage, bigImage } from "./big-image.ts";
import { bundleCarrier, onDeno, onNode, type Runtime } from "./carrier.ts";
import { type Carry, lane, skopeoCopy, withBigImage } from "./lane.ts";
import { idle, memoryWatch } from "./memory.ts";

const GIB = 1024 ** 3;

/** A way that we carry an image. */
export interface Carrier {
  /** What it is called. */
  readonly name: string;
  /** What it runs on. */
  readonly runtime: Runtime;
  readonly carry: Carry;
}

/** What is carried, and by whom of us. */
export interface Haul {
  /** What figures call it. */
  readonly what: string;
  /** Bytes. */
  readonly size: number;
  readonly image: () => BigImage;
  readonly deno: Carrier;
  readonly node: Carrier;
}

/** What a transfer took: time, and memory in MiB, an idle process and what is beyond it. */
interface Taken {
  readonly time: Result;
  readonly most: number;
  readonly idle: number;
}

/** A layer of 1 GiB, by the library alone. */
export async function transfer(stage: Stage): Promise<Figure[]> {
  const program = await bundleCarrier(stage.dir);
  const us = (name: string, runtime: Runtime): Carrier => {
    return { name, runtime, carry: (from, to) => runtime(program, from, to) };
  };
  return await haul({
    what: "1 GiB from registry to registry",
    size: GIB,
    image: () => bigImage(GIB),
    deno: us("copy() on Deno", onDeno),
    node: us("copy() on Node", onNode),
  }, Math.ceil(stage.laps / 5));
}

/**
 * A big image from one registry to another, both on this machine: time beside skopeo, and memory
 * over a process of the same runtime that only waits.
 */
export async function haul(
  { what, size, image, deno, node }: Haul,
  laps: number,
  warmUps = 1,
): Promise<Figure[]> {
  return await withStage(laps, async (stage) => {
    const watches = [memoryWatch(), memoryWatch(), memoryWatch()] as const;
    const [onDenos, onNodes, theirs] = watches;
    const [denos, nodes, skopeos] = await withBigImage(image(), (from) =>
      race(
        [
          lane(deno.name, from, deno.carry, onDenos),
          lane(node.name, from, node.carry, onNodes),
          lane("skopeo copy", from, skopeoCopy, theirs),
        ],
        laps,
        warmUps,
      ));
    const idles = [
      await idle(stage.dir, deno.runtime),
      await idle(stage.dir, node.runtime),
    ] as const;
    return figures(
      what,
      { time: denos, most: onDenos.most(), idle: idles[0] },
      { time: nodes, most: onNodes.most(), idle: idles[1] },
      { time: skopeos, most: theirs.most(), idle: 0 },
    );
  }, await roomyFolder(2 * size));
}

function figures(what: string, deno: Taken, node: Taken, skopeo: Taken): Figure[] {
  const speed = `${what}: skopeo ÷ ours`;
  const faster = (ours: Taken): number => ratio(skopeo.time, ours.time);
  const memory = `memory for ${what}`;
  const more = ({ most, idle }: Taken): number => most - idle;
  const results = [deno.time, skopeo.time];
  return [
    { what: speed, value: faster(deno), unit: "×", budget: TRANSFER, results },
    { what: `${speed}, on Node`, value: faster(node), unit: "×", results: [node.time] },
    { what: `${memory}, over idle`, value: more(deno), unit: "MiB", budget: TRANSFER_MEMORY },
    { what: `${memory}, over idle, on Node`, value: more(node), unit: "MiB" },
    { what: `${memory}, all that skopeo has`, value: skopeo.most, unit: "MiB" },
  ];
}
