import pLimit from "p-limit";
import { PauseError } from "../error.ts";
import { everySettled } from "../host/settle.ts";
import { isDigest } from "../oci/digest.ts";
import type { Store, TagOrDigest } from "../store/store.ts";
import { requireApart } from "./apart.ts";
import type { Source } from "./file-source.ts";
import { corrected, finish, type Voyaged } from "./finish.ts";
import { type MirrorMemory, mirrorMemory } from "./memory.ts";
import { mirrorImage } from "./mirror.ts";
import type { ImageOptions, MirrorOptions } from "./options.ts";
import type { MirrorPlace, Places } from "./place.ts";
import type { Destination, Mirrored } from "./report.ts";
import { imageFor } from "./single.ts";
import { isNamesOnly, requireRules, selectTags, type TagRules } from "./tags.ts";

/** How several images are mirrored. */
export interface ManyOptions extends MirrorOptions {
  /** Which tags of the source's repository. @default the image that the source names */
  readonly rules?: TagRules;
  /** Whether the others still begin after one image has failed. @default false */
  readonly keepGoing?: boolean;
  /** Called with an image that could not even be found. */
  readonly onFailed?: (source: string, error: PauseError) => void;
}

/** What became of the images. */
export interface MirroredAll {
  /** In the order of the source. */
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
  /** Set when something has failed. */
  hasFailed: boolean;
}

/** What became of one source: one image for those who take an index, and one for those who do not. */
interface Result {
  readonly voyaged: Voyaged[];
  readonly failures: MirroredAll["failures"][number][];
}

/** How many images are under way at once. */
const IMAGES_AT_ONCE = 8;

/**
 * Mirrors an image, or those that rules choose among the tags of a repository, to several places.
 * A destination without a tag takes the source's. An archive appears when everything has arrived in
 * it, and not otherwise.
 *
 * @throws PauseError what the source throws that cannot be listed or opened; `usage`, for a
 * destination that is the source too; `interrupted`. What happens to an image is a result
 */
export async function mirrorPlaces(
  from: MirrorPlace,
  to: readonly MirrorPlace[],
  places: Places,
  options: ManyOptions = {},
): Promise<MirroredAll> {
  await requireApart(from, to, options.rules !== undefined);
  const memory = mirrorMemory();
  const sources = await sourcesOf(from, places, options.rules, memory);
  const stores = to.map((place) => places.destination(place, sources[0]?.repository));
  const task: Task = { to, stores, options, memory, hasFailed: false };
  const limit = pLimit(IMAGES_AT_ONCE);
  try {
    const results = await everySettled(
      sources.map((source) => limit(() => mirrorOrFail(task, source))),
    );
    const voyaged = results.flatMap((result) => result.voyaged);
    const failures = results.flatMap((result) => result.failures);
    const archives = new Set(stores.filter((_, at) => isArchive(to[at])));
    const unfinished = await finish(new Set(stores), archives, voyaged, sources.length);
    return { mirrored: corrected(voyaged, unfinished, options.onEvent), failures };
  } finally {
    for (const store of new Set(stores)) await store.abandon();
  }
}

/** The images that are asked for. */
async function sourcesOf(
  from: MirrorPlace,
  places: Places,
  rules: TagRules | undefined,
  memory: MirrorMemory,
): Promise<Source[]> {
  if (rules === undefined) return [await places.source(from)];
  requireRules(rules);
  const { store, repository } = await places.repository(from);
  // Whether a tag is there is found out when it is looked at.
  const tags = isNamesOnly(rules)
    ? [...new Set(rules.names)].sort()
    : selectTags(store.name, [...await memory.tagsOf(store)], rules);
  return tags.map((tag) => ({ store, ref: tag, tag, ...(repository && { repository }) }));
}

async function mirrorOrFail(task: Task, source: Source): Promise<Result> {
  const { options: { keepGoing, onFailed } } = task;
  const result: Result = { voyaged: [], failures: [] };
  if (keepGoing !== true && task.hasFailed) return result;
  try {
    await mirrorOne(task, source, result.voyaged);
  } catch (error) {
    if (!(error instanceof PauseError) || error.code === "interrupted") throw error;
    const { store: { name }, ref } = source;
    result.failures.push({ source: isDigest(ref) ? `${name}@${ref}` : `${name}:${ref}`, error });
  }
  for (const { source, error } of result.failures) onFailed?.(source, error);
  task.hasFailed ||= result.failures.length > 0 ||
    result.voyaged.some(({ mirrored }) => mirrored.deliveries.some(({ error }) => error));
  return result;
}

/** A destination that takes no index gets the image of one platform, by itself. */
async function mirrorOne(
  { to, stores, options, memory }: Task,
  { store, ref, tag }: Source,
  voyaged: Voyaged[],
): Promise<void> {
  const destinations = unique(stores.map((store, at) => destinationOf(store, to[at], tag)));
  const carry = async (
    ref: TagOrDigest,
    some: readonly Destination[],
    settings: ImageOptions,
  ): Promise<void> => {
    const mirrored = await mirrorImage(store, ref, some, { ...settings, memory });
    voyaged.push({ mirrored, stores: some.map(({ store }) => store) });
  };
  const single = destinations.filter(({ store }) => isDockerArchive(to[stores.indexOf(store)]));
  const whole = destinations.filter((one) => !single.includes(one));
  if (whole.length > 0) await carry(ref, whole, options);
  if (single.length === 0) return;
  const { subset, ...rest } = options;
  const digest = await imageFor(store, ref, subset?.platforms ?? []);
  await carry(digest, single, { ...rest, referrers: false });
}

/** Whoever names a destination twice means it once. */
function unique(destinations: readonly Destination[]): Destination[] {
  const named = destinations.map((one) => [`${one.store.name} ${one.tags}`, one] as const);
  return [...new Map(named).values()];
}

function isArchive(place: MirrorPlace | undefined): boolean {
  return place?.kind === "files" && place.place.form !== "oci";
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
