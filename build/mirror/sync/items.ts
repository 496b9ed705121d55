import pLimit from "p-limit";
import { PauseError } from "../../error.ts";
import { everySettled } from "../../host/settle.ts";
import { formatReference, type Reference, type Repository } from "../../oci/reference.ts";
import type { Store } from "../../store/store.ts";
import { isNamesOnly, selectTags } from "../tags.ts";
import type { ItemOptions, Source, SyncFile } from "./file.ts";
import { readImageList } from "./presets.ts";
import { isOurs, type Shard } from "./shard.ts";

/** One image, and everywhere that it goes. */
export interface SyncItem {
  /** With a tag, a digest, or both: then the digest says which image, and the tag what it is called. */
  readonly source: Reference;
  /** Without a tag, where the image is known by its digest alone. */
  readonly destinations: readonly Reference[];
  readonly options: ItemOptions;
}

/** The places of one command. The same repository is the same store. */
export interface SyncStores {
  source(repository: Repository): Store;
  destination(repository: Repository): Store;
}

export interface ItemsOptions {
  /** The text of a list of images, by what the file calls it: a path, or `-`. */
  readonly readList: (list: string) => Promise<string>;
  /** Only the sources of this shard. @default all */
  readonly shard?: Shard;
}

/** Something that could not even be planned. */
export interface Unplanned {
  readonly source: string;
  readonly error: PauseError;
}

export interface Items {
  /** In the order of the file, each image once. */
  readonly items: readonly SyncItem[];
  /** Sources whose tags cannot be listed, or lack what is asked for. */
  readonly unplanned: readonly Unplanned[];
}

/** How many repositories are asked for their tags at once. */
const AT_ONCE = 16;

/**
 * Turns a file into what is to be mirrored. Only repositories whose tags are told by patterns are
 * asked for them.
 *
 * @throws PauseError `usage` for a list that is none, for two images that would get one name, and for
 * one that would be mirrored onto itself; `storage` when a list cannot be read; `interrupted`
 */
export async function itemsOf(
  file: SyncFile,
  stores: Pick<SyncStores, "source">,
  { readList, shard }: ItemsOptions,
): Promise<Items> {
  const named = (await everySettled(file.sources.map((source) => namesOf(source, readList))))
    .flat();
  // What goes to one name from two shards would be seen by neither.
  unique(named.flatMap(knownImages).map((image) => itemOf(image, file)));
  const ours = named.filter(({ reference }) => shard === undefined || isOurs(reference, shard));
  const limit = pLimit(AT_ONCE);
  const looked = await everySettled(
    ours.map((one) =>
      limit(async (): Promise<{ images: readonly Named[]; unplanned: readonly Unplanned[] }> => {
        try {
          return { images: await imagesOf(one, stores), unplanned: [] };
        } catch (error) {
          if (!(error instanceof PauseError) || error.code === "interrupted") throw error;
          const { host, repository } = one.reference;
          return { images: [], unplanned: [{ source: `${host}/${repository}`, error }] };
        }
      })
    ),
  );
  const images = looked.flatMap((one) => one.images);
  const unplanned = looked.flatMap((one) => one.unplanned);
  return { items: unique(images.map((image) => itemOf(image, file))), unplanned };
}

/** A source whose repository is known, its tags perhaps not yet. */
type Named = Omit<Extract<Source, { kind: "image" }>, "kind">;

async function namesOf(
  source: Source,
  readList: ItemsOptions["readList"],
): Promise<readonly Named[]> {
  if (source.kind === "image") return [source];
  const { list, options } = source;
  const name = list === "-" ? "the standard input" : list;
  return readImageList(await readList(list), name).map(({ reference }) => ({ reference, options }));
}

async function imagesOf(
  named: Named,
  stores: Pick<SyncStores, "source">,
): Promise<readonly Named[]> {
  const { reference, rules, ...rest } = named;
  // Whether a tag is there is found out when it is looked at, by one request for each.
  if (rules === undefined || isNamesOnly(rules)) return knownImages(named);
  const tags = selectTags(
    formatReference(reference),
    await tagsOf(stores.source(reference)),
    rules,
  );
  return tags.map((tag) => ({ reference: { ...reference, tag }, ...rest }));
}

/** Those that the file names: nobody is asked for their tags. */
function knownImages({ reference, rules, ...rest }: Named): Named[] {
  if (rules === undefined) return [{ reference, ...rest }];
  const { names = [] } = rules;
  return names.map((tag) => ({ reference: { ...reference, tag }, ...rest }));
}

async function tagsOf(store: Store): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of store.tags()) tags.push(tag);
  return tags;
}

function itemOf({ reference, as, options }: Named, { destinations }: SyncFile): SyncItem {
  const named = destinations.map((to) => to(reference, as));
  const byName = new Map(named.map((to) => [formatReference(to), to]));
  if (byName.has(formatReference(untagged(reference)))) {
    throw new PauseError(
      "usage",
      `Cannot mirror ${
        formatReference(reference)
      }: a destination of the file names the image itself. Give it another name.`,
    );
  }
  return { source: reference, destinations: [...byName.values()], options };
}

/** A source with tag and digest goes by its tag. */
function untagged({ host, repository, tag }: Reference): Reference {
  return { host, repository, ...(tag !== undefined && { tag }) };
}

/** Each image once, and each name at a destination for one image. */
function unique(items: readonly SyncItem[]): SyncItem[] {
  const bySource = new Map<string, SyncItem>();
  const byName = new Map<string, SyncItem>();
  for (const item of items) {
    const key = JSON.stringify([item.source, item.destinations, item.options]);
    if (bySource.has(key)) continue;
    bySource.set(key, item);
    for (const destination of item.destinations) {
      if (destination.tag === undefined) continue;
      const name = formatReference(destination);
      const other = byName.get(name);
      if (other !== undefined) throw clash(name, other, item);
      byName.set(name, item);
    }
  }
  return [...bySource.values()];
}

function clash(name: string, one: SyncItem, other: SyncItem): PauseError {
  const [first, second] = [one, other].map(({ source }) => formatReference(source));
  return new PauseError(
    "usage",
    first === second
      ? `Cannot mirror ${first}: the file names it twice, with different settings. Keep one.`
      : `Cannot mirror to ${name}: both ${first} and ${second} would get that name. Put {host} or {path} into the destination.`,
  );
}
