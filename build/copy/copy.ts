import pLimit from "p-limit";
import { PauseError } from "../error.ts";
import { everySettled } from "../host/settle.ts";
import type { Content, Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { children } from "../oci/document.ts";
import { isManifest } from "../oci/media-types.ts";
import type { Store } from "../store/store.ts";

/** What became of one piece of the graph at the destination. */
export interface CopyEvent {
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
  /** How many requests are under way at once, ≥ 1. @default 32 */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  /** Called once for each manifest and blob of the graph that was looked at. */
  readonly onEvent?: (event: CopyEvent) => void;
}

/** One copy under way. */
interface Course {
  readonly source: Store;
  readonly destination: Store;
  readonly options: CopyOptions;
  readonly limit: <Value>(work: () => Promise<Value>) => Promise<Value>;
  /** Each blob is carried once, however many manifests name it. */
  readonly blobs: Map<Digest, Promise<void>>;
  /** Each blob is asked for once. */
  readonly asked: Map<Digest, Promise<boolean>>;
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
  const failed = new AbortController();
  const course: Course = {
    source,
    destination,
    options,
    limit: limiter(options, failed),
    blobs: new Map(),
    asked: new Map(),
  };
  try {
    const root = await course.limit(() => source.getManifest(ref));
    await carryManifest(course, root, options.tags);
    return root.descriptor;
  } catch {
    const error = failed.signal.reason;
    if (!options.signal?.aborted || error instanceof PauseError) throw error;
    throw new PauseError("interrupted", `Stopped copying to ${destination.name}.`, {
      cause: error,
    });
  }
}

/** Runs so many at once; after the first failure nothing new starts, and everything fails as the first did. */
function limiter(
  { concurrency = 32, signal }: CopyOptions,
  failed: AbortController,
): Course["limit"] {
  const limit = pLimit(concurrency);
  return (work) =>
    limit(async () => {
      try {
        signal?.throwIfAborted();
        failed.signal.throwIfAborted();
        return await work();
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    });
}

async function carryManifest(
  course: Course,
  manifest: Content,
  tags: readonly string[],
  above: Presence = "present",
): Promise<void> {
  const { descriptor } = manifest;
  // What lacks the index mostly lacks all: its blobs are asked for along with it, not a round trip later.
  if (above === "absent") askAhead(course, manifest);
  const here = await lookUp(course, descriptor, tags);
  const whole = here !== "absent" && course.destination.complete === true;
  const pieces = children(descriptor, manifest.bytes)
    // Only the tags of what is below can be missing from a graph that is whole.
    .filter((child) => !whole || tagsOf(course, child).length > 0);
  await everySettled(
    pieces.map((piece) =>
      isManifest(piece.mediaType) ? carryChild(piece) : carryBlob(course, piece)
    ),
  );
  if (here !== "present") await course.limit(() => course.destination.putManifest(manifest, tags));
  report(course, descriptor, here === "present" ? "present" : "copied", tags);

  async function carryChild(child: Descriptor): Promise<void> {
    const content = await course.limit(() => course.source.getManifest(child.digest));
    await carryManifest(course, content, tagsOf(course, child), here);
  }
}

type Presence = "present" | "untagged" | "absent";

function askAhead(course: Course, { descriptor, bytes }: Content): void {
  for (const piece of children(descriptor, bytes)) {
    // Whoever carries the blob meets the failure.
    if (!isManifest(piece.mediaType)) isThere(course, piece).catch(() => {});
  }
}

function isThere({ asked, limit, destination }: Course, blob: Descriptor): Promise<boolean> {
  const known = asked.get(blob.digest);
  if (known !== undefined) return known;
  const answer = limit(() => destination.hasBlob(blob));
  asked.set(blob.digest, answer);
  return answer;
}

/** Whether the destination has the manifest under all of `tags`, has it but not under all of them, or lacks it. */
async function lookUp(
  { destination, limit }: Course,
  { digest }: Descriptor,
  tags: readonly string[],
): Promise<Presence> {
  const names = tags.length > 0 ? tags : [digest];
  const found = await everySettled(names.map((name) => limit(() => destination.resolve(name))));
  const right = found.filter((descriptor) => descriptor?.digest === digest).length;
  if (right === names.length) return "present";
  return right > 0 ? "untagged" : "absent";
}

function tagsOf({ options }: Course, child: Descriptor): readonly string[] {
  return isManifest(child.mediaType) ? options.childTags?.(child) ?? [] : [];
}

function carryBlob(course: Course, blob: Descriptor): Promise<void> {
  const known = course.blobs.get(blob.digest);
  if (known !== undefined) return known;
  const carried = sendBlob(course, blob);
  course.blobs.set(blob.digest, carried);
  return carried;
}

async function sendBlob(course: Course, blob: Descriptor): Promise<void> {
  const { source, destination, limit } = course;
  if (await isThere(course, blob)) return report(course, blob, "present", []);
  if (await limit(async () => await destination.mountBlob?.(blob, source) ?? false)) {
    return report(course, blob, "mounted", []);
  }
  await limit(() => destination.putBlob(blob, () => source.getBlob(blob)));
  report(course, blob, "copied", []);
}

function report(
  { options }: Course,
  descriptor: Descriptor,
  outcome: CopyEvent["outcome"],
  tags: readonly string[],
): void {
  options.onEvent?.({ descriptor, outcome, tags });
}
