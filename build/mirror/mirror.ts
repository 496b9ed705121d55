import { PauseError } from "../error.ts";
import { grouped } from "../host/grouped.ts";
import { everySettled } from "../host/settle.ts";
import { isDigest } from "../oci/digest.ts";
import type { Store, TagOrDigest } from "../store/store.ts";
import { deliver, type Found, newTally, type Tally, type Voyage } from "./delivery.ts";
import { findImage, type SourceImage } from "./image.ts";
import { mirrorMemory, registryOf } from "./memory.ts";
import type { ImageOptions } from "./options.ts";
import { findHanging, type Hanging } from "./referrers.ts";
import type { Delivery, Destination, Mirrored } from "./report.ts";

/**
 * Mirrors an image to several places: every platform, and what hangs on it, under the same digest.
 *
 * What the source's tag names at the start is copied, by digest. Each destination's tags come last
 * and are looked up in the end. An up-to-date tag costs one request at the source and one at each
 * destination. A destination that fails does not stop the others.
 *
 * @param ref the tag or digest in `source`
 * @param destinations at least one; their stores, and `options.memory`, serve one image after another
 * @returns what became of each destination, its error included
 * @throws PauseError what the source throws when the image cannot be found there; `usage` for a
 * platform that it has not; `interrupted`
 */
export async function mirrorImage(
  source: Store,
  ref: TagOrDigest,
  destinations: readonly Destination[],
  options: ImageOptions = {},
): Promise<Mirrored> {
  const looking = destinations.map((destination) => outcomeOf(lookUp(destination)));
  const image = await findImage(source, ref, options.subset);
  options.onEvent?.({ type: "resolved", source: image.name, digest: image.digest });
  const notes: string[] = [];
  const voyage = voyageOf(image, options, (note) => {
    notes.push(note);
    options.onEvent?.({ type: "note", source: image.name, note });
  });
  if (options.subset) await noteRewriting(voyage);
  const deliveries: Delivery[] = [];
  const deliverTo = async (at: number): Promise<void> => {
    const [destination, looked] = [destinations[at], looking[at]];
    if (destination && looked) deliveries[at] = await delivery(voyage, destination, looked);
  };
  await everySettled(
    lanes(destinations).map(async (lane) => {
      for (const at of lane) await deliverTo(at);
    }),
  );
  if (deliveries.some(({ outcome }) => outcome !== "present")) await noteMove(voyage, deliveries);
  return { source: image.name, digest: image.digest, deliveries, notes };
}

function voyageOf(
  image: SourceImage,
  options: ImageOptions,
  note: (note: string) => void,
): Voyage {
  const { memory = mirrorMemory() } = options;
  let hanging: Promise<readonly Hanging[]> | undefined;
  const find = async (): Promise<readonly Hanging[]> => {
    const { subjects } = await image.cargo();
    return await findHanging(image.store, await subjects(), memory);
  };
  return { image, options, memory, note, hanging: () => hanging ??= find() };
}

/** What the tags of a destination point at. */
async function lookUp({ store, tags }: Destination): Promise<Found> {
  return await everySettled(tags.map((tag) => store.resolve(tag)));
}

/** Holds a failure back until somebody asks. */
async function outcomeOf<Value>(work: Promise<Value>): Promise<() => Value> {
  try {
    const value = await work;
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/**
 * The destinations, by their places in the list, that are served one after another: those of one
 * registry, which then mounts for the second what it got for the first.
 */
function lanes(destinations: readonly Destination[]): readonly (readonly number[])[] {
  const byRegistry = grouped(destinations.entries(), ([, { store }]) => registryOf(store));
  return [...byRegistry.values()].map((lane) => lane.map(([at]) => at));
}

async function delivery(
  voyage: Voyage,
  destination: Destination,
  looking: Promise<() => Found>,
): Promise<Delivery> {
  const { image, options: { signal, onEvent } } = voyage;
  const name = nameOf(destination, image);
  let tally = newTally();
  const attempt = async (): ReturnType<typeof deliver> => {
    tally = newTally();
    return await deliver(voyage, destination, (await looking)(), tally);
  };
  let made: Delivery;
  try {
    const result = await attempt().catch((error) =>
      isLost(error) ? attempt() : Promise.reject(error)
    );
    made = { destination: name, ...countsOf(tally), ...result };
  } catch (error) {
    const isOurs = error instanceof PauseError && error.code !== "interrupted";
    if (!isOurs || signal?.aborted) throw error;
    made = { destination: name, ...countsOf(tally), outcome: "failed", error };
  }
  onEvent?.({ type: "delivered", source: image.name, delivery: made });
  return made;
}

function countsOf({ pieces, bytes }: Tally): Pick<Delivery, "pieces" | "bytes"> {
  return { pieces, bytes };
}

/**
 * Whether the registry misses a part that it said it has. What a client that was killed had under
 * way may end after our look: docker-registry then leaves the part's link empty. Looked at again, the
 * part is missing, and is sent.
 */
function isLost(error: unknown): boolean {
  return error instanceof PauseError && error.message.includes("whose part sha");
}

function nameOf({ store, tags }: Destination, { digest }: SourceImage): string {
  return tags.length === 0 ? `${store.name}@${digest}` : `${store.name}:${tags.join(",")}`;
}

async function noteRewriting({ image, note }: Voyage): Promise<void> {
  const { root } = await image.cargo();
  if (root === image.digest) return;
  note(
    `The index of ${image.name} is rewritten for some platforms: its digest is ${root} now, and no longer ${image.digest}. Signatures of the index do not hold for the new one.`,
  );
}

/** Who reads a tag that moves gets what it named at the start; that is worth a word, and no failure. */
async function noteMove(
  { image, note }: Voyage,
  deliveries: readonly Delivery[],
): Promise<void> {
  if (isDigest(image.ref)) return;
  const now = await image.store.resolve(image.ref).catch(() => undefined);
  if (now === undefined || now.digest === image.digest) return;
  // What a registry has removed since, nobody gets.
  const isThere = deliveries.some(({ outcome }) => outcome !== "failed");
  const done = isThere ? "was mirrored" : "could not be mirrored";
  note(
    `${image.name} has moved meanwhile: ${image.digest} ${done}, and the tag names ${now.digest} now. Run the command again to have that.`,
  );
}
