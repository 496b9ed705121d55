import pLimit from "p-limit";
import { PauseError } from "../error.ts";
import { everySettled } from "../host/settle.ts";
import type { Store } from "../store/store.ts";
import type { Source } from "./file-source.ts";
import { type MirrorMemory, mirrorMemory } from "./memory.ts";
import { mirrorImage } from "./mirror.ts";
import type { MirrorOptions } from "./options.ts";
import type { MirrorPlace, Places } from "./place.ts";
import type { Destination, Mirrored } from "./report.ts";
import { imageFor } from "./single.ts";
import { isNamesOnly, selectTags, type TagRules } from "./tags.ts";

export interface ManyOptions extends Omit<MirrorOptions, "memory"> {
  /** Which tags of the source's repository. @default the image that the source names */
  readonly rules?: TagRules;
  /** Whether the others still begin after one image has failed. @default false */
  readonly keepGoing?: boolean;
  /** Called with an image that could not even be found. */
  readonly onFailed?: (source: string, error: PauseError) => void;
}

/** What became of the images. */
export interface MirroredAll {
  readonly mirrored: readonly Mirrored[];
  /** Images that could not even be found. */
  readonly failures: readonly { readonly source: string; readonly error: PauseError }[];
}

/** What all images share. */
interface Task {
  readonly to: readonly MirrorPlace[];
  readonly stores: readonly Store[];
  readonly options: ManyOptions;
  readonly memory: MirrorMemory;
  readonly mirrored: Mirrored[];
  readonly failures: { readonly source: string; readonly error: PauseError }[];
}

/** How many images are under way at once. */
const IMAGES_AT_ONCE = 8;

/**
 * Mirrors an image, or those that rules choose among the tags of a repository, to several places.
 * A destination without a tag takes the source's. Archives appear when everything has arrived, and
 * not otherwise.
 *
 * @throws PauseError what the source throws that cannot be listed or opened; `usage`, `interrupted`.
 * What happens to an image is a result
 */
export async function mirrorPlaces(
  from: MirrorPlace,
  to: readonly MirrorPlace[],
  places: Places,
  options: ManyOptions = {},
): Promise<MirroredAll> {
  const memory = mirrorMemory();
  const sources = await sourcesOf(from, places, options.rules, memory);
  const name = sources[0]?.store.name ?? "";
  const stores = to.map((place) => places.destination(place, name));
  const task: Task = { to, stores, options, memory, mirrored: [], failures: [] };
  const limit = pLimit(IMAGES_AT_ONCE);
  try {
    await everySettled(sources.map((source) => limit(() => mirrorOrFail(task, source))));
    if (!hasFailed(task)) await commitAll(stores);
  } finally {
    for (const store of new Set(stores)) await store.abandon();
  }
  return { mirrored: task.mirrored, failures: task.failures };
}

async function commitAll(stores: readonly Store[]): Promise<void> {
  for (const store of new Set(stores)) await store.commit();
}

/** The images that are asked for. */
async function sourcesOf(
  from: MirrorPlace,
  places: Places,
  rules: TagRules | undefined,
  memory: MirrorMemory,
): Promise<Source[]> {
  if (rules === undefined) return [await places.source(from)];
  const store = places.repository(from);
  // Whether a tag is there is found out when it is looked at.
  const tags = isNamesOnly(rules)
    ? [...new Set(rules.names)].sort()
    : selectTags(store.name, [...await memory.tagsOf(store)], rules);
  return tags.map((tag) => ({ store, ref: tag, tag }));
}

function hasFailed({ mirrored, failures }: Task): boolean {
  return failures.length > 0 ||
    mirrored.some(({ deliveries }) => deliveries.some(({ error }) => error !== undefined));
}

async function mirrorOrFail(task: Task, source: Source): Promise<void> {
  const { options: { keepGoing, onFailed } } = task;
  if (keepGoing !== true && hasFailed(task)) return;
  try {
    await mirrorOne(task, source);
  } catch (error) {
    if (!(error instanceof PauseError) || error.code === "interrupted") throw error;
    const name = `${source.store.name}:${source.ref}`;
    task.failures.push({ source: name, error });
    onFailed?.(name, error);
  }
}

/** A destination that takes no index gets the image of one platform, by itself. */
async function mirrorOne(task: Task, { store, ref, tag }: Source): Promise<void> {
  const { to, stores, options, memory, mirrored } = task;
  const destinations = stores.map((store, at) => destinationOf(store, to[at], tag));
  const isSingle = (_: Destination, at: number): boolean => isDockerArchive(to[at]);
  const single = destinations.filter(isSingle);
  const whole = destinations.filter((one) => !single.includes(one));
  if (whole.length > 0) mirrored.push(await mirrorImage(store, ref, whole, { ...options, memory }));
  if (single.length === 0) return;
  const { subset, ...rest } = options;
  const digest = await imageFor(store, ref, subset?.platforms ?? []);
  mirrored.push(await mirrorImage(store, digest, single, { ...rest, memory, referrers: false }));
}

function isDockerArchive(place: MirrorPlace | undefined): boolean {
  return place?.kind === "files" && place.place.form === "docker-archive";
}

function destinationOf(
  store: Store,
  place: MirrorPlace | undefined,
  tag: string | undefined,
): Destination {
  const own = place?.kind === "files" ? place.place.tag : place?.reference.tag;
  const name = own ?? tag;
  return { store, tags: name === undefined ? [] : [name] };
}
