import pLimit from "p-limit";
import { PauseError } from "../../error.ts";
import { everySettled } from "../../host/settle.ts";
import type { Content, Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { children } from "../../oci/document.ts";
import { isManifest } from "../../oci/media-types.ts";
import { isForeign } from "../../oci/foreign.ts";
import { passages } from "../hanging.ts";
import type { Cargo, SourceImage } from "../image.ts";
import { type MirrorMemory, mirrorMemory } from "../memory.ts";
import { findHanging } from "../referrers.ts";
import type { SyncItem, SyncStores } from "./items.ts";
import { findSource, sourceName, type Target, targetsOf } from "./targets.ts";

/** What would become of an image. */
export interface Planned {
  readonly source: string;
  /** Undefined when it cannot be found. */
  readonly digest?: Digest;
  /** One for each repository that it goes to. */
  readonly destinations: readonly PlannedDelivery[];
  /** Why it cannot be mirrored. */
  readonly error?: PauseError;
}

/** What would become of one destination of an image. */
export interface PlannedDelivery {
  /** `10.0.0.5:5000/k8s/pause:3.10` */
  readonly destination: string;
  /** `outdated`: its tag names something else. `incomplete`: its tag is right, and a part is missing. */
  readonly state: "current" | "missing" | "outdated" | "incomplete" | "failed";
  /** What would be sent; known when the plan goes deep. */
  readonly sending?: Sending;
  readonly error?: PauseError;
}

/** How much would be sent. A registry that can mount blobs of its other repositories gets less. */
export interface Sending {
  readonly manifests: number;
  readonly blobs: number;
  /** Of manifests and blobs. */
  readonly bytes: number;
  /** How many referrers and signatures hang on the image, sent or not. */
  readonly referrers: number;
}

export interface PlanOptions {
  /** Finds out what would be sent, not only whether something would. @default false */
  readonly deep?: boolean;
  readonly signal?: AbortSignal;
  /** Called when an image has been looked at. */
  readonly onPlanned?: (planned: Planned) => void;
}

/** How many images are looked at at once. */
const ITEMS_AT_ONCE = 16;
/** How many questions are asked about one image at once. */
const QUESTIONS_AT_ONCE = 16;

/** What all images of a plan share. */
interface Course {
  readonly stores: SyncStores;
  readonly options: PlanOptions;
  readonly memory: MirrorMemory;
  /** What is counted already, by the names of destinations: two tags may share their layers. */
  readonly counted: Map<string, Set<Digest>>;
}

/**
 * Looks at the sources and the destinations, and changes nothing. An image that is up to date costs
 * one request at its source and one at each destination.
 *
 * @returns what would become of each item, in their order; an item that fails has its error
 * @throws PauseError `interrupted`
 */
export async function planItems(
  items: readonly SyncItem[],
  stores: SyncStores,
  options: PlanOptions = {},
): Promise<Planned[]> {
  const course: Course = { stores, options, memory: mirrorMemory(), counted: new Map() };
  const limit = pLimit(ITEMS_AT_ONCE);
  return await everySettled(items.map((item) =>
    limit(async () => {
      options.signal?.throwIfAborted();
      const planned = await planItem(item, course);
      options.onPlanned?.(planned);
      return planned;
    })
  ));
}

async function planItem(item: SyncItem, course: Course): Promise<Planned> {
  const source = sourceName(item);
  const targets = targetsOf(item, course.stores);
  // Asked side by side with the source.
  const looking = targets.map((target) => settled(() => lookUp(target)));
  // Whoever waits for them comes late.
  for (const one of looking) one.catch(() => {});
  const found = await settled(() => findCargo(item, course.stores));
  if (found.error) {
    await Promise.all(looking);
    return { source, destinations: [], error: found.error };
  }
  const { image, cargo } = found.value;
  const destinations = await everySettled(targets.map(async (target, at) => {
    const planned = await settled(async () => {
      const there = valueOf(await looking[at] ?? { value: [] });
      return await planTarget({ item, image, cargo, target, there, course });
    });
    if (!planned.error) return planned.value;
    return { destination: target.name, state: "failed" as const, error: planned.error };
  }));
  return { source, digest: image.digest, destinations };
}

async function findCargo(
  item: SyncItem,
  stores: SyncStores,
): Promise<{ readonly image: SourceImage; readonly cargo: Cargo }> {
  const image = await findSource(item, stores);
  return { image, cargo: await image.cargo() };
}

/** What the tags of a target name. */
async function lookUp({ store, tags }: Target): Promise<readonly (Descriptor | undefined)[]> {
  return await everySettled(tags.map((tag) => store.resolve(tag)));
}

/** One image and one of its targets. */
interface Question {
  readonly item: SyncItem;
  readonly image: SourceImage;
  readonly cargo: Cargo;
  readonly target: Target;
  /** What the target's tags name now. */
  readonly there: readonly (Descriptor | undefined)[];
  readonly course: Course;
}

async function planTarget(question: Question): Promise<PlannedDelivery> {
  const { cargo, target: { name, store, tags }, course } = question;
  const there = tags.length > 0 ? question.there : [await store.resolve(cargo.root)];
  const isRight = there.every((found) => found?.digest === cargo.root);
  const isWhole = store.complete === true && !isDeep(question);
  if (isRight && isWhole) return { destination: name, state: "current" };
  if (!isRight && !course.options.deep) return { destination: name, state: stateOf(there) };
  const sending = await countSending(question, isRight);
  const isThere = isRight && sending.manifests + sending.blobs === 0;
  return {
    destination: name,
    state: isThere ? "current" : isRight ? "incomplete" : stateOf(there),
    sending,
  };
}

function stateOf(there: readonly (Descriptor | undefined)[]): "missing" | "outdated" {
  return there.every((found) => found === undefined) ? "missing" : "outdated";
}

/** Walks all that goes along, and counts what would be sent, as the mirroring itself decides it. */
async function countSending(question: Question, isRight: boolean): Promise<Sending> {
  const { item: { options }, image, cargo, target: { store }, course } = question;
  const hanging = options.referrers
    ? await findHanging(image.store, await cargo.subjects(), course.memory)
    : [];
  const sum = { manifests: 0, blobs: 0, bytes: 0 };
  const seen = course.counted.get(store.name) ?? new Set<Digest>();
  course.counted.set(store.name, seen.add(cargo.root));
  const passageOf = passages(image, store);
  const limit = pLimit(QUESTIONS_AT_ONCE);
  const visitBlob = async (blob: Descriptor): Promise<void> => {
    if (await limit(() => store.hasBlob(blob))) return;
    sum.blobs++;
    sum.bytes += blob.size;
  };
  /** @param isPut whether it is put although it may be there: for its tag's sake */
  const visit = async (digest: Digest, isPut: boolean): Promise<void> => {
    const found = await limit(() => store.resolve(digest));
    const isWhole = found && store.complete && !isDeep(question);
    if (isWhole && !isPut) return;
    const manifest = await image.manifest(digest);
    if (isPut || !found) {
      sum.manifests++;
      sum.bytes += manifest.descriptor.size;
    }
    if (isWhole) return;
    await everySettled(
      fresh(below(manifest, question), seen).map((piece) =>
        isManifest(piece.mediaType) ? visit(piece.digest, false) : visitBlob(piece)
      ),
    );
  };
  await everySettled([
    // Several tags of one image are each put.
    visit(cargo.root, !isRight),
    ...fresh(hanging, seen).map(async (one) => {
      const passage = await passageOf(one);
      if (!("leftOut" in passage)) await visit(one.digest, passage.here !== "present");
    }),
  ]);
  return { ...sum, referrers: hanging.length };
}

/** Whether all is looked at: a sparse index says nothing about what is below it. */
function isDeep({ item, cargo }: Question): boolean {
  return item.options.refresh || cargo.leftOut.size > 0;
}

function below({ descriptor, bytes }: Content, { cargo, item }: Question): readonly Descriptor[] {
  return children(descriptor, bytes).filter((piece) =>
    !cargo.leftOut.has(piece.digest) &&
    (item.options.foreignLayers === "include" || !isForeign(piece))
  );
}

/** Those that were not seen yet. From now on they are. */
function fresh<Piece extends Pick<Descriptor, "digest">>(
  pieces: readonly Piece[],
  seen: Set<Digest>,
): Piece[] {
  return pieces.filter(({ digest }) => !seen.has(digest) && seen.add(digest));
}

type Settled<Value> =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly error: PauseError };

/** What came of it. Only what ends everything is thrown. */
async function settled<Value>(work: () => Promise<Value>): Promise<Settled<Value>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof PauseError) || error.code === "interrupted") throw error;
    return { error };
  }
}

function valueOf<Value>(settled: Settled<Value>): Value {
  if (settled.error) throw settled.error;
  return settled.value;
}
