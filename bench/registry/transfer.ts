import { readFile, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";
import { withDockerRegistry } from "../../test/support/docker-registry.ts";
import { TRANSFER, TRANSFER_MEMORY } from "../budgets.ts";
import { type Figure, ratio } from "../figure.ts";
import { readField } from "../pause/proc.ts";
import { type Contender, race, type Racer, type Result, timed } from "../race.ts";
import { type Stage, withStage } from "../stage.ts";
import { bigImage, putBigImage } from "./big-image.ts";
import { bundleCarrier, onDeno, onNode, type Runtime } from "./carrier.ts";
import { type MemoryWatch, memoryWatch } from "./memory.ts";

const GIB = 1024 ** 3;
const REPOSITORY = "bench/big";
const TAG = "bench";

/** Carries the image from one `HOST/NAME:TAG` to another. */
type Carry = (from: string, to: string) => Contender;

const skopeo: Carry = (from, to) => {
  const plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
  const words = ["copy", "--quiet", "--preserve-digests", ...plain];
  return { command: ["skopeo", ...words, `docker://${from}`, `docker://${to}`] };
};

/** What a transfer took: time, and memory in MiB, an idle process and what is beyond it. */
interface Taken {
  readonly time: Result;
  readonly most: number;
  readonly idle: number;
}

/**
 * A layer of 1 GiB from one registry to another, both on this machine: time beside skopeo, and
 * memory over a process of the same runtime that only waits.
 */
export async function transfer(stage: Stage): Promise<Figure[]> {
  return await withStage(Math.ceil(stage.laps / 5), async (inside) => {
    const program = await bundleCarrier(inside.dir);
    const watches = [memoryWatch(), memoryWatch(), memoryWatch()] as const;
    const [deno, node, them] = watches;
    const us = (runtime: Runtime): Carry => (from, to) => runtime(program, from, to);
    const [onDenos, onNodes, skopeos] = await withImage((from) =>
      race([
        lane("copy() on Deno", from, us(onDeno), deno),
        lane("copy() on Node", from, us(onNode), node),
        lane("skopeo copy", from, skopeo, them),
      ], inside.laps)
    );
    const [idleDeno, idleNode] = [await idle(inside, onDeno), await idle(inside, onNode)];
    return figures(
      { time: onDenos, most: deno.most(), idle: idleDeno },
      { time: onNodes, most: node.most(), idle: idleNode },
      { time: skopeos, most: them.most(), idle: 0 },
    );
  }, await roomyFolder());
}

function figures(deno: Taken, node: Taken, skopeo: Taken): Figure[] {
  const speed = "1 GiB from registry to registry: skopeo ÷ ours";
  const faster = (ours: Taken): number => ratio(skopeo.time, ours.time);
  const memory = "memory for 1 GiB from registry to registry";
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

/** Gives `use` the host of a registry that has the image. */
async function withImage<T>(use: (host: string) => Promise<T>): Promise<T> {
  return await withDockerRegistry(async ({ host }) => {
    await putBigImage(storeAt(host), bigImage(GIB), TAG);
    return await use(host);
  });
}

/** Every lap has a registry of its own to carry to; a lap after which it lacks the image is none. */
function lane(name: string, from: string, carry: Carry, memory: MemoryWatch): Racer {
  const image = (host: string): string => `${host}/${REPOSITORY}:${TAG}`;
  return {
    name,
    lap: (time) =>
      withDockerRegistry(async ({ host }) => {
        await time(memory.watched(carry(image(from), image(host))));
        const [there, here] = await Promise.all([from, host].map((at) => storeAt(at).resolve(TAG)));
        if (there?.digest === here?.digest) return;
        throw new Error(`${name} carried ${here?.digest}, not ${there?.digest}.`);
      }),
  };
}

function storeAt(host: string): Store {
  return registryStore({ host, repository: REPOSITORY });
}

/** What a process of the runtime has that waits for a second, in MiB. */
async function idle({ dir }: Stage, runtime: Runtime): Promise<number> {
  const program = join(dir, "wait.mjs");
  await writeFile(program, "setTimeout(() => {}, 1000);\n");
  const watch = memoryWatch();
  await timed(watch.watched(runtime(program)));
  return watch.most();
}

const IN_MEMORY = "/dev/shm";

/** A folder in memory, so that no disk is measured, if there is room for what two registries keep. */
async function roomyFolder(): Promise<string> {
  const kib = readField(await readFile("/proc/meminfo", "utf8"), "MemAvailable");
  if (kib * 1024 < 6 * GIB) return tmpdir();
  const { bavail, bsize } = await statfs(IN_MEMORY).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize < 3 * GIB ? tmpdir() : IN_MEMORY;
}
