import { PauseError } from "../error.ts";
import { everySettled } from "../host/settle.ts";
import type { Content, Descriptor } from "../oci/descriptor.ts";
import { children } from "../oci/document.ts";
import { isManifest } from "../oci/media-types.ts";
import type { Store } from "../store/store.ts";
import { readChild } from "./child.ts";
import { namingsOf, refuseToMove } from "./clobber.ts";
import { type Limit, limiter } from "./limiter.ts";

/** What became of one piece of the graph at the destination. */
export interface CopyEvent {
  /** The manifest or blob that it is about. */
  readonly descriptor: Descriptor;
  /** `present`: it was there. `mounted`: the destination took it from a neighbour. */
  readonly outcome: "copied" | "present" | "mounted";
  /** The tags that point at it now, of a manifest. */
  readonly tags: readonly string[];
}

export interface CopyOptions {
  /** The tags that the destination gives the root, last and once. None: it is known by digest alone. */
  readonly tags: readonly string[];
  /** The tags of a manifest below the root. @default none */
  readonly childTags?: (child: Descriptor) => readonly string[];
  /**
   * Whether tags may be moved that name something else. If not, such a tag is an error before
   * anything is sent, and once more right before it is given. @default true
   */
  readonly clobber?: boolean;
  /** How many requests are under way at once, ≥ 1. @default 32 */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  /** Called once for each manifest and blob of the graph that was looked at. */
  readonly onEvent?: (event: CopyEvent) => void;
  /**
   * Looks at what a tag named until now, before it is moved, side by side with what is sent below.
   * When it throws, the root's tags stay where they were.
   */
  readonly beforeMove?: (tag: string, now: Descriptor) => Promise<void>;
  /** Reads in place of the source, which then only says where a mount may come from. @default the source */
  readonly read?: Pick<Store, "getManifest" | "getBlob">;
  /** What stays behind, with all below it: the destination may refuse what then lacks a part. @default nothing */
  readonly leaveOut?: (piece: Descriptor) => boolean;
  /** A neighbour of the destination that is known to hold the blob. @default none */
  readonly mountFrom?: (blob: Descriptor) => Store | undefined;
  /** Carries a piece below the root in its turn: copies side by side then carry none twice. @default at once */
  readonly inTurn?: (piece: Descriptor, carry: () => Promise<void>) => Promise<void>;
  /** Looks at all that is below a manifest even if the destination holds only whole ones. @default false */
  readonly deep?: boolean;
}

/** Carries one graph after another between the same two stores: each blob is looked at once. */
export interface Carrier {
  /**
   * Carries a graph as {@link copy} does. After a failure of one nothing more is carried.
   * @param tags the tags that the destination gives the root
   */
  carry(ref: string, tags: readonly string[], hints?: CarryHints): Promise<Descriptor>;
}

export interface CarryHints {
  /** What the destination has of the root under `tags`, when it was asked already. */
  readonly here?: Presence;
  /** What is to be done before the root appears, side by side with what is below it. */
  readonly before?: () => Promise<unknown>;
}

/** One copy under way. */
interface Course {
  readonly source: Store;
  readonly destination: Store;
  readonly options: Omit<CopyOptions, "tags">;
  readonly read: Pick<Store, "getManifest" | "getBlob">;
  readonly limit: Limit;
  /**
   * Each piece is carried once with the same tags, however many manifests name it: indexes that name
   * each other twice would double at every level.
   */
  readonly begun: Map<string, Promise<void>>;
  /** What tags name at the destination, of those that were asked for before anything was sent. */
  readonly named: Map<string, Promise<Descriptor | undefined>>;
}

/**
 * Carries the graph below `ref` to another store: all that it lacks, nothing that it has.
 *
 * Blobs go side by side and before the manifests that name them, children before parents, and the
 * root's tags last. When anything fails, the destination's tags of the root stay where they were.
 *
 * @param ref the root's tag or digest in `source`
 * @returns the descriptor of the root
 * @throws PauseError what either store throws; `interrupted` when `options.signal` fired
 */
export async function copy(
  source: Store,
  ref: string,
  destination: Store,
  options: CopyOptions,
): Promise<Descriptor> {
  return await carrier(source, destination, options).carry(ref, options.tags);
}

/** Begins to copy from one store to another. Nothing is asked before the first graph is to be carried. */
export function carrier(
  source: Store,
  destination: Store,
  options: Omit<CopyOptions, "tags"> = {},
): Carrier {
  const failed = new AbortController();
  const course: Course = {
    source,
    destination,
    options,
    read: options.read ?? source,
    limit: limiter(options, failed),
    begun: new Map(),
    named: new Map(),
  };
  return {
    async carry(ref, tags, hints) {
      try {
        const root = await course.limit(() => course.read.getManifest(ref));
        if (options.clobber === false) await lookAhead(course, root, tags);
        await carryManifest(course, root, tags, hints);
        return root.descriptor;
      } catch (thrown) {
        failed.abort(thrown);
        const error = failed.signal.reason;
        if (!options.signal?.aborted || error instanceof PauseError) throw error;
        throw new PauseError("interrupted", `Stopped copying to ${destination.name}.`, {
          cause: error,
        });
      }
    },
  };
}

async function carryManifest(
  course: Course,
  manifest: Content,
  tags: readonly string[],
  { here: known, before }: CarryHints = {},
): Promise<void> {
  const { descriptor } = manifest;
  const { leaveOut = () => false } = course.options;
  const pieces = children(descriptor, manifest.bytes).filter((piece) => !leaveOut(piece));
  const carry = (piece: Descriptor): Promise<void> =>
    isManifest(piece.mediaType) ? carryChild(course, piece) : carryBlob(course, piece);
  // A graph that is whole may still lack the tags of what is below: those are looked up at once.
  const [early, late] = parted(pieces, (piece) => mayBeTagged(course, piece));
  const looked = known ? Promise.resolve(known) : lookUp(course, descriptor, tags);
  await everySettled<unknown>([
    before?.() ?? Promise.resolve(),
    ...early.map(carry),
    looked.then((here) => isWhole(course, here) ? [] : everySettled(late.map(carry))),
  ]);
  const here = await looked;
  if (here !== "present") await putManifest(course, manifest, tags);
  report(course, descriptor, here === "present" ? "present" : "copied", tags);
}

async function putManifest(
  { destination, limit, options }: Course,
  manifest: Content,
  tags: readonly string[],
): Promise<void> {
  const { digest } = manifest.descriptor;
  await limit(async () => {
    if (options.clobber === false) {
      await refuseToMove(destination, tags.map((tag) => [tag, digest]));
    }
    await destination.putManifest(manifest, tags);
  });
}

/** Sees that every tag that is going to be given is free, or names what it is to name. */
async function lookAhead(
  { destination, limit, named, read, options }: Course,
  root: Content,
  tags: readonly string[],
): Promise<void> {
  const getManifest = (ref: string): Promise<Content> => limit(() => read.getManifest(ref));
  const resolve = (tag: string): Promise<Descriptor | undefined> =>
    limit(() => destination.resolve(tag));
  const namings = await namingsOf({ getManifest }, root, { ...options, tags });
  const found = await refuseToMove({ name: destination.name, resolve }, namings);
  for (const [tag, descriptor] of found) named.set(tag, Promise.resolve(descriptor));
}

function carryChild(course: Course, child: Descriptor): Promise<void> {
  const tags = course.options.childTags?.(child) ?? [];
  return once(course, child, tags, async () => {
    const content = await course.limit(() => readChild(course.read, child));
    await carryManifest(course, content, tags);
  });
}

/**
 * What is under way or done is not done again. Its turn comes outside of the limit: whoever waits
 * keeps nobody from sending what it waits for.
 */
function once(
  { begun, options: { inTurn = (_, carry) => carry() } }: Course,
  piece: Descriptor,
  tags: readonly string[],
  carry: () => Promise<void>,
): Promise<void> {
  const key = [isManifest(piece.mediaType), piece.digest, ...tags].join(" ");
  const known = begun.get(key) ?? inTurn(piece, carry);
  begun.set(key, known);
  return known;
}

/** Those that are so, and those that are not. */
function parted<Value>(all: readonly Value[], isSo: (one: Value) => boolean): [Value[], Value[]] {
  return [all.filter(isSo), all.filter((one) => !isSo(one))];
}

function isWhole({ destination, options }: Course, here: Presence): boolean {
  return here !== "absent" && destination.complete === true && options.deep !== true;
}

function mayBeTagged({ options }: Course, piece: Descriptor): boolean {
  return options.childTags !== undefined && isManifest(piece.mediaType);
}

/** The destination has the manifest under all of its tags, has it but not under all of them, or lacks it. */
export type Presence = "present" | "untagged" | "absent";

async function lookUp(
  { destination, limit, named, options: { beforeMove } }: Course,
  { digest }: Descriptor,
  tags: readonly string[],
): Promise<Presence> {
  const names = tags.length > 0 ? tags : [digest];
  const found = await everySettled(
    names.map((name) => named.get(name) ?? limit(() => destination.resolve(name))),
  );
  await everySettled(tags.map(async (tag, at) => {
    const now = found[at];
    if (now !== undefined && now.digest !== digest) await beforeMove?.(tag, now);
  }));
  const right = found.filter((descriptor) => descriptor?.digest === digest).length;
  if (right === names.length) return "present";
  return right > 0 ? "untagged" : "absent";
}

function carryBlob(course: Course, blob: Descriptor): Promise<void> {
  return once(course, blob, [], () => sendBlob(course, blob));
}

async function sendBlob(course: Course, blob: Descriptor): Promise<void> {
  const { source, destination, limit, options, read } = course;
  const neighbour = options.mountFrom?.(blob);
  if (neighbour && await limit(async () => await destination.mountBlob?.(blob, neighbour))) {
    return report(course, blob, "mounted", []);
  }
  if (await limit(() => isThere(destination, blob))) return report(course, blob, "present", []);
  if (await limit(async () => await destination.mountBlob?.(blob, source) ?? false)) {
    return report(course, blob, "mounted", []);
  }
  await limit(() => destination.putBlob(blob, () => read.getBlob(blob)));
  report(course, blob, "copied", []);
}

/** What is sent rather than asked for, in bytes: less than the headers of a few requests. */
const SMALL = 16 * 1024;

/**
 * Whether the destination has a blob. A small one is mounted from the destination itself: one
 * question says that it is there, or gives the place to upload it to. A registry that mounts nothing
 * gets it again.
 */
async function isThere(destination: Store, blob: Descriptor): Promise<boolean> {
  if (blob.size > SMALL || destination.mountBlob === undefined) {
    return await destination.hasBlob(blob);
  }
  return await destination.mountBlob(blob, destination);
}

function report(
  { options }: Course,
  descriptor: Descriptor,
  outcome: CopyEvent["outcome"],
  tags: readonly string[],
): void {
  options.onEvent?.({ descriptor, outcome, tags });
}
