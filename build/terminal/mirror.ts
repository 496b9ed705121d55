import process from "node:process";
import pLimit from "p-limit";
import { PauseError } from "../error.ts";
import { everySettled } from "../host/settle.ts";
import { type MirrorMemory, mirrorMemory } from "../mirror/memory.ts";
import { mirrorImage } from "../mirror/mirror.ts";
import type { MirrorOptions } from "../mirror/options.ts";
import type { Source } from "../mirror/file-source.ts";
import {
  type MirrorPlace,
  openPlaces,
  type Places,
  readDestination,
  readMirrorPlace,
} from "../mirror/place.ts";
import type { Destination, Mirrored } from "../mirror/report.ts";
import { imageFor } from "../mirror/single.ts";
import { isNamesOnly, selectTags, type TagRules } from "../mirror/tags.ts";
import type { Store } from "../store/store.ts";
import {
  type Desk,
  mirrorOptions,
  processDesk,
  sharedOptions,
  type Teller,
  tellerFor,
} from "./carrying.ts";
import { mirrorHelp } from "./mirror-help.ts";
import type { Outcome } from "./mirror-lines.ts";
import { type MirrorWords, readMirrorWords } from "./mirror-words.ts";
import { wrongWords } from "./options.ts";

/**
 * `pause-image mirror SRC DST…`
 * @throws PauseError `usage` for wrong words; what happens to the images is told, and is the exit code
 */
export async function runMirror(
  words: readonly string[],
  signal: AbortSignal,
  desk: Desk = processDesk(),
): Promise<number> {
  const read = readMirrorWords(words, process.env);
  if (read === "help") {
    desk.out.write(mirrorHelp());
    return 0;
  }
  const from = readMirrorPlace(read.source);
  const to = read.destinations.map(readDestination);
  if (read.rules) requireUntagged([from, ...to], [read.source, ...read.destinations]);
  const shared = await sharedOptions(read, signal);
  const options = await mirrorOptions(read, shared);
  const places = openPlaces(shared);
  const teller = tellerFor(read, desk);
  try {
    const task: Task = { words: read, from, to, places, options, teller, memory: mirrorMemory() };
    return teller.close(await mirrorAll(task));
  } finally {
    teller.end();
  }
}

interface Task {
  readonly words: MirrorWords;
  readonly from: MirrorPlace;
  readonly to: readonly MirrorPlace[];
  readonly places: Places;
  readonly options: MirrorOptions;
  readonly teller: Teller;
  readonly memory: MirrorMemory;
}

/** With rules the tags come from the source, and are the same everywhere. */
function requireUntagged(places: readonly MirrorPlace[], texts: readonly string[]): void {
  for (const [at, place] of places.entries()) {
    const named = place.kind === "files"
      ? place.place.tag
      : place.reference.tag ?? place.reference.digest;
    if (named === undefined) continue;
    throw wrongWords(
      "mirror",
      `"${texts[at]}" names one image, and --tag and the like choose several`,
    );
  }
}

/** How many images are under way at once. */
const IMAGES_AT_ONCE = 8;

async function mirrorAll(task: Task): Promise<Outcome> {
  const sources = await sourcesOf(task);
  const name = sources[0]?.store.name ?? "";
  const stores = task.to.map((place) => task.places.destination(place, name));
  const outcome: Outcome & Gathered = { mirrored: [], failures: [] };
  const limit = pLimit(IMAGES_AT_ONCE);
  try {
    await everySettled(
      sources.map((source) => limit(() => mirrorOrFail(task, source, stores, outcome))),
    );
    // An archive is what it was, or all that was asked for.
    if (!hasFailed(outcome)) { for (const store of new Set(stores)) await store.commit(); }
  } finally {
    for (const store of new Set(stores)) await store.abandon();
  }
  return outcome;
}

/** What became of the images so far. */
interface Gathered {
  readonly mirrored: Mirrored[];
  readonly failures: { readonly source: string; readonly error: PauseError }[];
}

function hasFailed({ mirrored, failures }: Gathered): boolean {
  return failures.length > 0 ||
    mirrored.some(({ deliveries }) => deliveries.some(({ error }) => error !== undefined));
}

async function mirrorOrFail(
  task: Task,
  source: Source,
  stores: readonly Store[],
  gathered: Gathered,
): Promise<void> {
  if (!task.words.keepGoing && hasFailed(gathered)) return;
  try {
    gathered.mirrored.push(...await mirrorOne(task, source, stores));
  } catch (error) {
    if (!(error instanceof PauseError) || error.code === "interrupted") throw error;
    const name = `${source.store.name}:${source.ref}`;
    gathered.failures.push({ source: name, error });
    task.teller.failed(name, error);
  }
}

/** Several reports where a destination takes no index: it gets one image of it. */
async function mirrorOne(
  { to, options, teller, memory, words }: Task,
  { store, ref, tag }: Source,
  stores: readonly Store[],
): Promise<Mirrored[]> {
  const wanted = to.map((place, at): [MirrorPlace, Destination] => {
    const own = place.kind === "files" ? place.place.tag : place.reference.tag;
    const name = own ?? tag;
    const destination = stores[at];
    if (destination === undefined) throw new Error("a destination without a store");
    return [place, { store: destination, tags: name === undefined ? [] : [name] }];
  });
  const isSingle = ([place]: [MirrorPlace, Destination]): boolean =>
    place.kind === "files" && place.place.form === "docker-archive";
  const all = { ...options, memory, onEvent: teller.onEvent };
  const whole = wanted.filter((one) => !isSingle(one)).map(([, destination]) => destination);
  const single = wanted.filter(isSingle).map(([, destination]) => destination);
  const mirrored = whole.length === 0 ? [] : [await mirrorImage(store, ref, whole, all)];
  if (single.length === 0) return mirrored;
  const digest = await imageFor(store, ref, words.subset?.platforms ?? []);
  const { subset: _, ...rest } = all;
  return [...mirrored, await mirrorImage(store, digest, single, { ...rest, referrers: false })];
}

/** The images that are asked for. */
async function sourcesOf({ words: { rules }, from, places, memory }: Task): Promise<Source[]> {
  if (rules === undefined) return [await places.source(from)];
  const store = places.repository(from);
  const tags = await tagsFor(store, rules, memory);
  return tags.map((tag) => ({ store, ref: tag, tag }));
}

async function tagsFor(store: Store, rules: TagRules, memory: MirrorMemory): Promise<string[]> {
  // Whether a tag is there is found out when it is looked at.
  if (isNamesOnly(rules)) return [...new Set(rules.names)].sort();
  return selectTags(store.name, [...await memory.tagsOf(store)], rules);
}
