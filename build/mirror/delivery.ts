import { setTimeout as sleep } from "node:timers/promises";
import { type Carrier, carrier, type CopyEvent, type Presence } from "../copy/copy.ts";
import { PauseError, reason } from "../error.ts";
import { everySettled } from "../host/settle.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { children } from "../oci/document.ts";
import { isManifest } from "../oci/media-types.ts";
import type { Store } from "../store/store.ts";
import { observed } from "../store/verified.ts";
import { isForeign } from "../oci/foreign.ts";
import { type Passage, passages } from "./hanging.ts";
import type { Cargo, SourceImage } from "./image.ts";
import type { MirrorMemory } from "./memory.ts";
import type { ImageOptions } from "./options.ts";
import type { Hanging } from "./referrers.ts";
import type { Delivery, Destination } from "./report.ts";

/** What all destinations of an image share. */
export interface Voyage {
  readonly image: SourceImage;
  readonly options: ImageOptions;
  readonly memory: MirrorMemory;
  /** Tells the user something that is no failure. */
  readonly note: (note: string) => void;
  /** What hangs on the image. Asked once. */
  readonly hanging: () => Promise<readonly Hanging[]>;
}

/** What each tag of a destination pointed at when it was looked up. */
export type Found = readonly (Descriptor | undefined)[];

/** What was done for a destination so far. */
export interface Tally {
  readonly pieces: Record<CopyEvent["outcome"], number>;
  /** Of blobs. */
  bytes: number;
  /** The images among those that were read of which a layer is at another address. */
  readonly elsewhere: Set<string>;
}

/** Nothing done yet. */
export function newTally(): Tally {
  return { pieces: { copied: 0, present: 0, mounted: 0 }, bytes: 0, elsewhere: new Set() };
}

/**
 * Carries an image to one destination, or sees that it is there.
 *
 * @param found what the destination's tags point at, in their order
 * @param tally is counted up, whatever comes of it
 * @throws PauseError what either store throws; `verification` when the destination's tag names
 * something else in the end
 */
export async function deliver(
  voyage: Voyage,
  destination: Destination,
  found: Found,
  tally: Tally,
): Promise<Pick<Delivery, "outcome" | "digest" | "referrers">> {
  const { image, options } = voyage;
  const { store, tags } = destination;
  const cargo = await image.cargo();
  const here = presence(tags.length > 0 ? found : [await store.resolve(cargo.root)], cargo.root);
  // A sparse index says nothing about what is below it.
  const deep = options.refresh === true || cargo.leftOut.size > 0;
  if (here === "present" && !deep && store.complete) {
    return { outcome: "present", digest: cargo.root };
  }
  const sender = carrierTo(voyage, destination, cargo, deep, tally);
  const hanging = options.referrers === false ? undefined : voyage.hanging();
  // The way to whoever waits for it may be longer than to its failure.
  hanging?.catch(() => {});
  const passageOf = passages(image, store);
  const hang = async (): Promise<unknown> =>
    await everySettled(
      (await hanging ?? []).map((one) =>
        carryHanging(voyage, store, sender, one, () => passageOf(one))
      ),
    );
  await hinted(
    cargo,
    tally,
    // Whoever demands signatures must never see the tag without them, so they come first. A
    // registry takes a referrer before its subject.
    // https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-manifests-with-subject
    () => sender.carry(cargo.root, tags, { here, before: hang }),
  );
  if (here !== "present") await requireTags(destination, cargo.root);
  const count = hanging && (await hanging).length;
  return {
    outcome: tally.pieces.copied + tally.pieces.mounted > 0 ? "copied" : "present",
    digest: cargo.root,
    ...(count !== undefined && { referrers: count }),
  };
}

function presence(found: Found, root: Digest): Presence {
  const right = found.filter((descriptor) => descriptor?.digest === root).length;
  return right === 0 ? "absent" : right === found.length ? "present" : "untagged";
}

/** What a store says of an index that names what it lacks. */
const LACKING = /MANIFEST_(BLOB_)?UNKNOWN|its part sha/;

/** Says what to do where a sparse index is refused, or an image whose layers are elsewhere. */
async function hinted<Value>(
  { leftOut }: Cargo,
  { elsewhere }: Tally,
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    const found = reason(error);
    if (error instanceof PauseError && [...elsewhere].some((digest) => found.includes(digest))) {
      throw new PauseError(
        error.code,
        `${found} That image has layers at other addresses, which docker-registry takes only when its configuration allows them (validation.manifests.urls.allow). Allow them there, or choose other platforms (--platform).`,
        { cause: error },
      );
    }
    if (leftOut.size === 0 || !LACKING.test(found)) throw error;
    throw new PauseError(
      "registry",
      "Cannot mirror some platforms alone: the destination refuses a sparse index, which names images that are not there. Have it rewritten (--rewrite); its digest is then another.",
      { cause: error },
    );
  }
}

function carrierTo(
  voyage: Voyage,
  { store }: Destination,
  { leftOut }: Cargo,
  deep: boolean,
  tally: Tally,
): Carrier {
  const { image, memory, options } = voyage;
  const { foreign, signal, concurrency, clobber, onEvent } = options;
  const leaveOut = (piece: Descriptor): boolean =>
    leftOut.has(piece.digest) || foreign === undefined && isForeign(piece);
  return carrier(image.store, store, {
    ...(signal && { signal }),
    ...(concurrency !== undefined && { concurrency }),
    ...(clobber !== undefined && { clobber }),
    deep,
    read: readerFor(voyage, store, leaveOut, tally),
    leaveOut,
    mountFrom: ({ digest }) => memory.neighbour(digest, store),
    inTurn: ({ digest, mediaType }, carry) =>
      memory.inTurn(isManifest(mediaType) ? "manifest" : "blob", digest, store, carry),
    onEvent: (event) => {
      const { descriptor: { digest, mediaType, size }, outcome } = event;
      tally.pieces[outcome]++;
      if (!isManifest(mediaType)) {
        if (outcome === "copied") tally.bytes += size;
        if (outcome !== "mounted" && memory.neighbour(digest, store)) memory.mountsNothing(store);
        memory.holds(store, digest);
      }
      onEvent?.({ type: "piece", destination: store.name, ...event });
    },
  });
}

/** Reads from the source, and tells what is to come and what comes. */
function readerFor(
  { image, options }: Voyage,
  { name: destination }: Store,
  leaveOut: (piece: Descriptor) => boolean,
  { elsewhere }: Tally,
): Pick<Store, "getManifest" | "getBlob"> {
  const { foreign, onEvent = () => {} } = options;
  const seen = new Set<Digest>();
  return {
    async getManifest(ref) {
      const manifest = await image.manifest(ref);
      const pieces = children(manifest.descriptor, manifest.bytes);
      if (pieces.some(isForeign)) elsewhere.add(manifest.descriptor.digest);
      const fresh = pieces
        .filter((piece) =>
          !isManifest(piece.mediaType) && !seen.has(piece.digest) && !leaveOut(piece)
        );
      for (const { digest } of fresh) seen.add(digest);
      const bytes = fresh.reduce((sum, { size }) => sum + size, 0);
      onEvent({ type: "expected", destination, bytes });
      return manifest;
    },
    async getBlob(blob) {
      const bytes = foreign && isForeign(blob)
        ? await fromSomewhere(image.store, blob, foreign)
        : await image.store.getBlob(blob);
      return observed(
        bytes,
        (count) => onEvent({ type: "bytes", destination, blob, bytes: count }),
      );
    },
  };
}

/** A mirror that had them included has foreign layers itself. */
async function fromSomewhere(
  source: Store,
  blob: Descriptor,
  foreign: NonNullable<ImageOptions["foreign"]>,
): Promise<ReadableStream<Uint8Array>> {
  return await source.hasBlob(blob) ? await source.getBlob(blob) : await foreign(blob);
}

/** Carries one thing that hangs on the image. */
async function carryHanging(
  { memory, note }: Voyage,
  store: Store,
  sender: Carrier,
  { digest }: Hanging,
  decide: () => Promise<Passage>,
): Promise<void> {
  await memory.inTurn("manifest", digest, store, async () => {
    const passage = await decide();
    if ("leftOut" in passage) return note(passage.leftOut);
    await sender.carry(digest, passage.tags, { here: passage.here });
  });
}

/** Milliseconds between looks at a tag that a registry does not show yet. */
const LAGS = [0, 250, 500, 1000] as const;

/**
 * Sees that the destination names the image by its tags.
 * @throws PauseError `verification`
 */
async function requireTags({ store, tags }: Destination, digest: Digest): Promise<void> {
  await everySettled(tags.map((tag) => requireTag(store, tag, digest)));
}

async function requireTag(store: Store, tag: string, digest: Digest): Promise<void> {
  let found: Digest | undefined;
  for (const lag of LAGS) {
    if (lag > 0) await sleep(lag);
    found = (await store.resolve(tag))?.digest;
    if (found === digest) return;
  }
  throw new PauseError(
    "verification",
    `Cannot mirror to ${store.name}:${tag}: ${digest} was put there, and it names ${
      found ?? "nothing"
    }. Somebody else may write to that tag; run the command again.`,
  );
}
